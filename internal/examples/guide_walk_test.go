package examples

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// walk is a reader who does what some sections of a guide say, to the letter: writes the files, runs the commands in one
// folder, and finds in what they print what the guide shows.
type walk struct {
	page     string
	headings []string // of the sections, in the order in which they are walked
	needs    []terraformcli.Feature
	// environment is what the guide leaves to the reader.
	environment map[string]string
	// before prepares what the guide takes for granted.
	before func(f *folder)
	// instead is done in place of the blocks of commands that begin like this, for those that cannot be run.
	instead map[string]func(f *folder)
	after   func(r *reader)
}

// covers says whether a block is walked.
func (w walk) covers(b block) bool { return b.page == w.page && slices.Contains(w.headings, b.heading) }

func (w walk) run(t *testing.T, broker *emqxsim.Broker, endpoint string) {
	r := newReader(t, requireFeatures(t, w.needs...), broker, endpoint)
	for name, value := range w.environment {
		r.setenv(name, value)
	}
	if w.before != nil {
		w.before(r.folder)
	}
	for _, heading := range w.headings {
		for _, b := range readerBlocks(t) {
			if b.page == w.page && b.heading == heading && r.isFor(b) {
				w.step(r, b)
			}
		}
	}
	if w.after != nil {
		w.after(r)
	}
}

// step does one block.
func (w walk) step(r *reader, b block) {
	r.t.Helper()
	switch {
	case b.language == "text":
		r.mustSee(b)
	case b.isCommands():
		for begins, do := range w.instead {
			if b.begins(w.page, begins) {
				do(r.folder)
				return
			}
		}
		r.shell(b.text)
	case b.file != "":
		r.write(b.file, b.text)
	default:
		r.t.Fatalf("%s: the text before does not name the file that it belongs to", b)
	}
}

// reader is somebody at a shell in a folder.
type reader struct {
	*folder
	exports []string // of the commands so far
	printed string   // by the last commands
}

// newReader has a shell that finds the CLI of the tests under the name that guides use, and says yes to what it asks.
func newReader(t *testing.T, cli installed, broker *emqxsim.Broker, endpoint string) *reader {
	t.Helper()
	f := emptyFolder(t, cli, broker, endpoint)
	f.nameCLI()
	for _, command := range []string{"init", "plan", "query", "import"} {
		f.setenv("TF_CLI_ARGS_"+command, "-no-color")
	}
	for _, command := range []string{"apply", "destroy"} {
		f.setenv("TF_CLI_ARGS_"+command, "-no-color -auto-approve")
	}
	return &reader{folder: f}
}

// isFor says whether a block is for the API of the folder: one that begins with the name of an EMQX is for that alone.
func (r *reader) isFor(b block) bool {
	switch {
	case strings.HasPrefix(b.text, "# EMQX 4\n"):
		return !r.isV5()
	case strings.HasPrefix(b.text, "# EMQX 5\n"):
		return r.isV5()
	}
	return true
}

// shell runs commands, with the variables that those before have exported.
func (r *reader) shell(commands string) {
	r.t.Helper()
	commands = strings.ReplaceAll(commands, "http://127.0.0.1:18080", r.broker.URL())
	script := exec.CommandContext(r.t.Context(), "sh", "-euc", strings.Join(r.exports, "")+commands)
	script.Dir, script.Env = r.dir, r.environment
	printed, err := script.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s\n%s%s", err, commands, printed)
	}
	r.printed = string(printed)
	for line := range strings.Lines(commands) {
		if strings.HasPrefix(line, "export ") {
			r.exports = append(r.exports, line)
		}
	}
}

// mustSee looks for the lines of a block in what was printed, in their order. Blanks do not matter: the CLI breaks lines.
func (r *reader) mustSee(b block) {
	r.t.Helper()
	rest := oneLine(r.printed)
	for line := range strings.Lines(b.text) {
		var found bool
		if _, rest, found = strings.Cut(rest, oneLine(line)); !found {
			r.t.Errorf("%s: there is no %q where the page shows it, but:\n%s", b.page, strings.TrimSpace(line), r.printed)
			return
		}
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
