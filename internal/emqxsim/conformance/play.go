package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Player plays recordings.
type Player struct {
	Target Target
	Masks  []Mask
	// Text replaces the varying parts of a text answer; nil means that texts are compared as they are.
	Text func(string) string
	// Exceptions are the exchanges, by their number from 0, that are played and not compared, each with the reason.
	Exceptions map[int]string
	// Before, when set, is called before each exchange, for what happens besides the API.
	Before func(t *testing.T, number int)
}

// Play sends every exchange of a recording in order and compares the answers; differences fail the test. It returns
// the number of exchanges compared.
func (p Player) Play(t *testing.T, recording *Recording) (compared int) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for i, exchange := range recording.Exchanges {
		if p.Before != nil {
			p.Before(t, i)
		}
		got, err := p.send(t.Context(), client, exchange.Request)
		if err != nil {
			t.Fatalf("exchange %d of %s, %s (%s): %v", i, recording.Name, exchange.Request, exchange.Note, err)
		}
		if reason, ok := p.Exceptions[i]; ok {
			t.Logf("exchange %d of %s, %s (%s), is not compared: %s", i, recording.Name, exchange.Request, exchange.Note, reason)
			continue
		}
		compared++
		if diff := p.compare(exchange, got); diff != "" {
			t.Errorf("exchange %d of %s, %s (%s): the answer differs (-EMQX +embedded broker)\n%s",
				i, recording.Name, exchange.Request, exchange.Note, diff)
		}
	}
	return compared
}

func (p Player) send(ctx context.Context, client *http.Client, r Request) (Response, error) {
	request, err := p.Target.httpRequest(ctx, r)
	if err != nil {
		return Response{}, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return Response{}, fmt.Errorf("sending: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return Response{}, fmt.Errorf("reading the answer: %w", err)
	}
	response := Response{Status: answer.StatusCode, ContentType: answer.Header.Get("Content-Type")}
	if response.ContentType == "application/json" {
		response.JSON = body
	} else {
		response.Text = string(body)
	}
	return response, nil
}

// masked is an answer without what varies.
type masked struct {
	Status      int
	ContentType string
	JSON        any
	Text        string
}

func (p Player) compare(exchange Exchange, got Response) string {
	recorded, err := p.mask(exchange, exchange.Response)
	if err != nil {
		return "the recorded answer: " + err.Error()
	}
	played, err := p.mask(exchange, got)
	if err != nil {
		return err.Error()
	}
	return cmp.Diff(recorded, played)
}

func (p Player) mask(exchange Exchange, response Response) (masked, error) {
	c := masked{Status: response.Status, ContentType: response.ContentType, Text: response.Text}
	if p.Text != nil {
		c.Text = p.Text(c.Text)
	}
	if len(response.JSON) == 0 {
		return c, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(response.JSON))
	decoder.UseNumber()
	if err := decoder.Decode(&c.JSON); err != nil {
		return c, fmt.Errorf("not JSON: %w: %q", err, response.JSON)
	}
	for _, mask := range p.Masks {
		if mask.Only == nil || mask.Only(exchange) {
			c.JSON = mask.apply(c.JSON)
		}
	}
	return c, nil
}
