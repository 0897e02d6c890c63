terraform import emqx_auth_user.backend username/backend
