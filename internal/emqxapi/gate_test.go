package emqxapi_test

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// Whoever gives up learns of its own item whether a write of it may have been carried out, whatever became of those that
// others wanted meanwhile.
func TestGateKnowsItems(t *testing.T) {
	t.Parallel()
	ctx, gate := emqxapi.WithGate(t.Context())
	a, b, both := emqxapi.PassageOf(emqxapi.About(ctx, "a")), emqxapi.PassageOf(emqxapi.About(ctx, "b")), emqxapi.PassageOf(emqxapi.About(ctx, "a", "b"))
	if !a.Pass() || !gate.HasPassed("a") || gate.HasPassed("b") {
		t.Fatal("a has passed, and b has not")
	}
	if shut, idle := gate.Shut("a"); shut || idle {
		t.Error("a write of a was sent, and a is shut")
	}
	if shut, idle := gate.Shut("b"); !shut || idle {
		t.Error("nothing of b was sent, and it is not shut")
	}
	if b.Pass() || both.Pass() || !b.IsShut("b") {
		t.Error("what is shut passes")
	}
	if !a.Pass() {
		t.Error("a does not pass")
	}
	a.Return()
	a.Return()
	if shut, idle := gate.Shut("a"); !shut || !idle {
		t.Error("what was refused counts as sent")
	}
}

// Without a gate everything passes.
func TestNoGate(t *testing.T) {
	t.Parallel()
	passage := emqxapi.PassageOf(emqxapi.About(t.Context(), "a"))
	if passage.Return(); !passage.Pass() || passage.IsShut("a") {
		t.Error("something is shut without a gate")
	}
}
