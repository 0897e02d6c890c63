package main

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
)

func TestRunInterruptedTidiesUp(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if err := run(ctx, io.Discard, "v4"); !errors.Is(err, context.Canceled) {
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

func TestRunOverAnUnknownAPI(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), io.Discard, "v6"); err == nil {
		t.Error("run over v6 is no error")
	}
}
