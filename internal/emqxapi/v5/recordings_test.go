package v5

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// recordings are the exchanges with an EMQX 5.8.9 and with a 6.2.2.
const recordings = "../../emqxsim/testdata/v[56]/*.json"

type recordedExchange struct {
	Request struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Query  string `json:"query"`
	} `json:"request"`
	Response recordedResponse `json:"response"`
}

type recordedResponse struct {
	Status int             `json:"status"`
	JSON   json.RawMessage `json:"json"`
	Text   string          `json:"text"`
}

func (r recordedResponse) body() []byte {
	if r.JSON != nil {
		return r.JSON
	}
	return []byte(r.Text)
}

// call names what was asked for.
func (e recordedExchange) call() string { return e.Request.Method + " " + e.Request.Path }

func recordedExchanges(tb testing.TB) []recordedExchange {
	tb.Helper()
	files, err := filepath.Glob(recordings)
	if err != nil || len(files) == 0 {
		tb.Fatalf("no recordings: %v", err)
	}
	var all []recordedExchange
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		var recording struct {
			Exchanges []recordedExchange `json:"exchanges"`
		}
		if err := json.Unmarshal(text, &recording); err != nil {
			tb.Fatal(err)
		}
		all = append(all, recording.Exchanges...)
	}
	return all
}
