package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// invoked is what an action told Terraform.
type invoked struct {
	progress    []string
	diagnostics []*tfprotov6.Diagnostic
}

// actions is the part of the protocol that is about actions.
func (s *protocolServer) actions() tfprotov6.ActionServer {
	s.t.Helper()
	actions, ok := s.server.(tfprotov6.ActionServer)
	if !ok {
		s.t.Fatal("the provider serves no actions")
	}
	return actions
}

// checkAction is what Terraform asks before it invokes an action: to validate its
// configuration and, where that is right, to plan it.
func (s *protocolServer) checkAction(actionType string, config values) []*tfprotov6.Diagnostic {
	s.t.Helper()
	encoded := dynamic(s.t, s.actionType(actionType), config)
	validated, err := s.actions().ValidateActionConfig(s.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: actionType, Config: encoded})
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(validated.Diagnostics) {
		return validated.Diagnostics
	}
	planned, err := s.actions().PlanAction(s.t.Context(), &tfprotov6.PlanActionRequest{ActionType: actionType, Config: encoded})
	if err != nil {
		s.t.Fatal(err)
	}
	return planned.Diagnostics
}

// invoke invokes an action and waits until it has completed.
func (s *protocolServer) invoke(actionType string, config values) invoked {
	s.t.Helper()
	stream, err := s.actions().InvokeAction(s.t.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: actionType, Config: dynamic(s.t, s.actionType(actionType), config),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var got invoked
	completed := false
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			got.progress = append(got.progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			got.diagnostics, completed = event.Diagnostics, true
		}
	}
	if !completed {
		s.t.Fatal("the action has not completed")
	}
	return got
}

// mustInvoke invokes an action that has to succeed, and gives its progress.
func (s *protocolServer) mustInvoke(actionType string, config values) []string {
	s.t.Helper()
	s.mustSucceed(s.checkAction(actionType, config))
	got := s.invoke(actionType, config)
	s.mustSucceed(got.diagnostics)
	return got.progress
}

func (s *protocolServer) actionType(actionType string) tftypes.Type {
	s.t.Helper()
	schema, ok := s.schemas.ActionSchemas[actionType]
	if !ok {
		s.t.Fatalf("the provider has no action %s", actionType)
	}
	return schema.Schema.ValueType()
}

// mustTell fails the test unless a progress message says what it should.
func (i invoked) mustTell(t *testing.T, message string) {
	t.Helper()
	if !slices.Contains(i.progress, message) {
		t.Errorf("no progress message says %q, but: %q", message, i.progress)
	}
}
