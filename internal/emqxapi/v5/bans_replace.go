package v5

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// restoreTime bounds how long putting a ban back may take after the caller has
// given up: better late than a target that is no longer banned.
const restoreTime = 30 * time.Second

// ReplaceBan removes a ban and makes it again, as EMQX cannot change one. If the
// second step fails, the old one is put back, also when the caller has given up.
// In between the target is not banned.
func (c *Client) ReplaceBan(ctx context.Context, old, ban emqxapi.Ban) error {
	if err := c.DeleteBan(ctx, ban.As, ban.Who); err != nil {
		return fmt.Errorf("the ban cannot be removed, as has to be done to change it: %w", err)
	}
	failure := c.createBan(ctx, ban)
	if failure == nil || old.Expired(time.Now()) {
		return failure
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
	defer cancel()
	switch err := c.createBan(ctx, old); {
	case err == nil:
		return fmt.Errorf("the ban was removed to be changed, could not be made again, and was put back as it was: %w", rest.Settled(failure))
	case errors.Is(err, emqxapi.ErrExists):
		return c.settleReplace(ctx, ban, failure)
	default:
		return fmt.Errorf("the ban was removed to be changed, and neither the new one (%w) nor the old one could be made: "+
			"the target is NOT banned now: %w", failure, err)
	}
}

// settleReplace looks what is there when neither ban could be made because there
// is one: the new one, if only its answer was lost.
func (c *Client) settleReplace(ctx context.Context, ban emqxapi.Ban, failure error) error {
	who, err := target(ban.As, ban.Who)
	if err != nil {
		return err
	}
	ban.Who = who
	there, err := c.GetBan(ctx, ban.As, ban.Who)
	if err == nil && sameBan(there, ban) {
		return nil
	}
	return fmt.Errorf("the ban was removed to be changed, and somebody else has banned the same target meanwhile: %w", failure)
}
