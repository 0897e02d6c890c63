package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// attempt is what was tried on the broker, for messages: the verb and the
// object in the field's words, e.g. {"create", `the credential of username "u1"`}.
type attempt struct {
	verb   string // create, read, change, remove
	object string
	// resourceType and id are for the import command of an object that exists already.
	resourceType, id string
	// attribute is where an *emqxapi.UnsupportedError is shown; the zero path is none.
	attribute path.Path
}

// diagnostic says in Terraform's terms why an attempt failed and what to do.
func (a attempt) diagnostic(err error) diag.Diagnostic {
	var unsupported *emqxapi.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return unsupportedDiagnostic(err, a.attribute)
	case errors.Is(err, emqxapi.ErrNoNamespace):
		return a.noNamespaceDiagnostic(err)
	case errors.Is(err, emqxapi.ErrExists):
		return a.existsDiagnostic()
	}
	if fault, ok := misconfigured(a.summary(), err); ok {
		return fault
	}
	return diag.NewErrorDiagnostic(a.summary(), sentence(err)+" "+a.advice(err))
}

// misconfigured shows that the provider's configuration is why something failed. It is
// told in full once, by whoever comes first, and the others say where to look: what is
// found by the work itself can be on no argument of the provider block, since Terraform
// shows the errors of a resource there where the resource is.
func misconfigured(summary string, err error) (diag.Diagnostic, bool) {
	fault, ok := errors.AsType[*emqxapi.ConfigurationError](err)
	if !ok {
		return nil, false
	}
	text := fmt.Sprintf("The provider's configuration has to be corrected first: see the error %q.", fault.Summary)
	if fault.Tell() {
		text = fmt.Sprintf("%s\n\nThe argument %s of the provider emqx has to be corrected. %s was tried first, and nothing is asked of the broker after it.",
			sentence(fault.Err), fault.Argument, strings.Replace(summary, "Cannot ", "To ", 1))
		summary = fault.Summary
	}
	if errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		text += " " + attempt{}.advice(err)
	}
	return diag.NewErrorDiagnostic(summary, text), true
}

func (a attempt) summary() string { return fmt.Sprintf("Cannot %s %s", a.verb, a.object) }

func (a attempt) existsDiagnostic() diag.Diagnostic {
	detail := fmt.Sprintf("The broker has %s already, and it is not in this state at this address. Nothing was changed on the broker.", a.object)
	if a.resourceType != "" {
		detail += fmt.Sprintf(" To manage it from here, import it, with the address of this resource in place of NAME:\n\n"+
			"  terraform import %s %s\n\n"+
			"or with a block (Terraform 1.5 and later):\n\n"+
			"  import {\n    to = %s.NAME\n    id = %s\n  }\n\n"+
			"If it is in this state under another address, because a block or a key of for_each was renamed, that import fails; "+
			"say in its place that it has moved:\n\n"+
			"  moved {\n    from = %s.OLD_NAME\n    to   = %s.NAME\n  }\n\n"+
			"Otherwise remove it from the broker first, or leave this resource out.",
			shellQuote(a.resourceType+".NAME"), shellQuote(a.id), a.resourceType, hclQuote(a.id), a.resourceType, a.resourceType)
	}
	return diag.NewErrorDiagnostic(upperFirst(a.object)+" exists already", detail)
}

// noNamespaceDiagnostic says how what was to be done can be done.
func (a attempt) noNamespaceDiagnostic(err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(namespaceArgument), "The namespace is not there", fmt.Sprintf("%s: %s %s", a.summary(), sentence(err), namespaceAdvice))
}

const namespaceAdvice = "A resource emqx_namespace makes it; write namespace = emqx_namespace.NAME.name, so that Terraform makes it before what is to be in it."

func (a attempt) advice(err error) string {
	switch {
	case errors.Is(err, emqxapi.ErrOutcomeUnknown):
		return "Terraform keeps it in the state as tainted where it was to be created; the next plan and apply find out what the broker has."
	case errors.Is(err, emqxapi.ErrNotFound):
		return "It was removed while Terraform was at work. Plan again: what is missing will be created."
	case errors.Is(err, emqxapi.ErrConflict):
		return "Apply again once the other writer has finished; if it is another Terraform configuration, let one of them manage this subject."
	case errors.Is(err, context.Canceled):
		return "Terraform was interrupted. What was done until then is in the state; plan and apply again."
	case errors.Is(err, context.DeadlineExceeded):
		return "The time for it was over. request_timeout of the provider gives one request more, timeouts of a resource for fleets the whole operation."
	case errors.Is(err, emqxapi.ErrPassing):
		return "If it is a passing fault of the network or the broker, apply again; TF_LOG=DEBUG shows the requests."
	}
	return "Another try changes nothing until the cause is removed; TF_LOG=DEBUG shows the requests."
}

// unsupportedDiagnostic shows an *emqxapi.UnsupportedError on the attribute that asks for too much.
func unsupportedDiagnostic(err error, attribute path.Path) diag.Diagnostic {
	const summary = "Not possible with this deployment's API"
	detail := located(attribute, fmt.Sprintf("%s. Leave it out, or use a deployment that can.", err)) // it begins with an argument's name
	if attribute.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(attribute, summary, detail)
}

// located begins a message with the place that it is about, where that is inside an
// argument: Terraform shows no more than the argument, or than the resource.
func located(at path.Path, message string) string {
	if len(at.Steps()) < 2 {
		return message
	}
	return at.String() + ": " + message
}

// connectDiagnostic shows why a deployment cannot be opened, on the argument at
// fault where that is known.
func connectDiagnostic(err error) diag.Diagnostic {
	if configuration, ok := errors.AsType[*emqxapi.ConfigurationError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root(configuration.Argument), configuration.Summary, sentence(configuration.Err))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("endpoint"), "The deployment does not answer",
		fmt.Sprintf("Asking for the EMQX API failed: %s Check that endpoint is the API address that the console shows, "+
			"and that this machine can reach it.", sentence(err)))
}

// sentence ends an error's text so that advice can follow it.
func sentence(err error) string {
	return strings.TrimRight(upperFirst(err.Error()), ".") + "."
}

// upperFirst turns the start of a Go error, which is lower case, into that of a
// sentence. Names such as app_id start as they are.
func upperFirst(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// shellQuote writes one word of a command line for a POSIX shell.
func shellQuote(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,=-"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// hclQuote writes a text as HCL does, with templates escaped.
func hclQuote(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(fmt.Sprintf("%q", text))
}
