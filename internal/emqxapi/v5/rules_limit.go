package v5

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// defaultMaxRules is the default of max_rules, how many rules one subject may
// have (EMQX 5.8 on).
const defaultMaxRules = 100

// ruleLimits refuses lists that are too long before they are sent. The broker is
// asked for its limit only where the default would not do.
type ruleLimits struct {
	client *Client
	max    int // 0 until it is known, negative for none
}

func (l *ruleLimits) allow(ctx context.Context, change emqxapi.RuleChange) error {
	if change.Subject.Kind != emqxapi.KindAll {
		if err := addressable(change.Subject.Name); err != nil {
			return err
		}
	}
	if len(change.To) <= defaultMaxRules && l.max == 0 {
		return nil
	}
	if l.max == 0 {
		l.max = defaultMaxRules
		if limit, err := l.client.maxRules.Get(ctx, l.client.askMaxRules); err == nil {
			l.max = limit
		}
	}
	if l.max > 0 && len(change.To) > l.max {
		return fmt.Errorf("%s would have %d rules, and this deployment takes at most %d for one subject "+
			"(max_rules of the authorization source built_in_database): use fewer, wider topic filters, or raise max_rules",
			change.Subject, len(change.To), l.max)
	}
	return nil
}

// sourcesAnswer is the answer to GET /authorization/sources.
type sourcesAnswer struct {
	Sources *[]struct {
		Type     string `json:"type"`
		MaxRules *int   `json:"max_rules"` // absent before 5.8, which has no limit
	} `json:"sources"`
}

func (a sourcesAnswer) check() error {
	if a.Sources == nil {
		return errors.New("it has no sources")
	}
	return nil
}

// askMaxRules returns the broker's limit, negative when it has none. Where the key may
// not ask, the default is the limit: EMQX Cloud does not document the call.
func (c *Client) askMaxRules(ctx context.Context) (int, error) {
	var answer sourcesAnswer
	_, err := c.do(ctx, call{
		method:    http.MethodGet,
		path:      []string{"authorization", "sources"},
		uncertain: true,
		optional:  true,
		result:    into(&answer),
	})
	switch {
	case rest.Refused(err):
		return defaultMaxRules, nil
	case err != nil:
		return 0, err
	}
	for _, source := range *answer.Sources {
		if source.Type == "built_in_database" && source.MaxRules == nil {
			return -1, nil
		}
		if source.Type == "built_in_database" {
			return *source.MaxRules, nil
		}
	}
	return defaultMaxRules, nil
}
