package main

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestRunInterruptedTidiesUp(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if err := run(ctx, io.Discard, "v4", emqxsim.OfferEMQX); !errors.Is(err, context.Canceled) {
		t.Errorf("run = %v, want that it was interrupted", err)
	}
	left, err := os.ReadDir(temporary)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("%s is left in the temporary folder", entry.Name())
	}
}

func TestRunOverTheUnknown(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), io.Discard, "v6", emqxsim.OfferEMQX); err == nil {
		t.Error("run over v6 is no error")
	}
	if err := run(t.Context(), io.Discard, "v5", "all"); err == nil {
		t.Error("run on the offer all is no error")
	}
}
