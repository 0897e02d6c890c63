package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// administer does something over the broker's API that Terraform does not know of.
func administer(do func(ctx context.Context, d emqxapi.Deployment) error) action {
	return func(ctx context.Context, s *scene) (string, error) {
		deployment, err := connect.Open(ctx, connect.Config{
			Endpoint:          s.endpoint(),
			AppID:             s.broker.AppID(),
			AppSecret:         s.broker.AppSecret(),
			APIVersion:        s.api,
			UserIDType:        emqxapi.KindUsername,
			RequestTimeout:    10 * time.Second,
			RequestsPerSecond: 100,
		})
		if err != nil {
			return "", err
		}
		return done, do(ctx, deployment)
	}
}

func deleteCredential(username string) action {
	return administer(func(ctx context.Context, d emqxapi.Deployment) error {
		return d.DeleteUser(ctx, emqxapi.KindUsername, username)
	})
}

func denySubscribe(username, topic string) action {
	return administer(func(ctx context.Context, d emqxapi.Deployment) error {
		return d.UpdateRule(ctx, emqxapi.Subject{Kind: emqxapi.KindUsername, Name: username},
			emqxapi.Rule{Topic: topic, Action: emqxapi.ActionSubscribe, Access: emqxapi.Deny})
	})
}

func ban(clientid, reason string) action {
	return administer(func(ctx context.Context, d emqxapi.Deployment) error {
		return d.CreateBan(ctx, emqxapi.Ban{As: emqxapi.BanClientID, Who: clientid, By: "operations", Reason: reason})
	})
}

// countLeft looks into the broker itself, past its API.
func countLeft(_ context.Context, s *scene) (string, error) {
	var credentials, rules int
	for _, kind := range []tables.Kind{tables.Username, tables.ClientID} {
		credentials += s.broker.Tables().UserCount(kind)
	}
	for _, kind := range []tables.Kind{tables.Username, tables.ClientID, tables.All} {
		rules += s.broker.Tables().RowCount(kind)
	}
	bans := len(s.broker.Tables().BansScattered())
	return fmt.Sprintf("%d credentials, %d rules, %d bans", credentials, rules, bans), nil
}

// listUndocumented looks into the broker's log of requests.
func listUndocumented(_ context.Context, s *scene) (string, error) {
	asked := s.broker.UndocumentedCalls()
	if len(asked) == 0 {
		return "none", nil
	}
	lines := make([]string, len(asked))
	for i, call := range asked {
		lines[i] = fmt.Sprintf("%s %s, %d times", call.Method, call.Path, call.Count)
	}
	return strings.Join(lines, "\n"), nil
}
