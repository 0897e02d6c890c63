package terraformcli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		output string
		want   CLI
	}{
		"terraform": {"Terraform v1.11.4\non linux_amd64\n", CLI{Version: "1.11.4"}},
		"opentofu":  {"OpenTofu v1.12.6\non linux_amd64\n", CLI{Version: "1.12.6", OpenTofu: true}},
		"prerelease": {
			"Terraform v1.15.0-beta1\non linux_amd64\n", CLI{Version: "1.15.0-beta1"},
		},
		"warning first": {
			"Warning: Unable to open CLI configuration file\n\nTerraform v1.11.4\non linux_amd64\n", CLI{Version: "1.11.4"},
		},
		"windows line ends": {"Terraform v1.11.4\r\non windows_amd64\r\n", CLI{Version: "1.11.4"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseVersion(test.output)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("parseVersion(%q) (-want +got):\n%s", test.output, diff)
			}
		})
	}
}

func TestParseVersionOfSomethingElse(t *testing.T) {
	t.Parallel()
	if cli, err := parseVersion("Packer v1.9.0\n"); err == nil {
		t.Errorf("parseVersion took Packer for %+v", cli)
	}
}

func TestFindOrder(t *testing.T) {
	chosen, terraform, tofu := t.TempDir(), t.TempDir(), t.TempDir()
	writeExecutable(t, filepath.Join(chosen, "any-name"), "echo Terraform v1.14.0")
	writeExecutable(t, filepath.Join(terraform, "terraform"), "echo Terraform v1.11.4")
	writeExecutable(t, filepath.Join(tofu, "tofu"), "echo OpenTofu v1.12.6")

	tests := map[string]struct {
		variable string
		path     []string
		want     CLI
	}{
		"the variable before PATH": {
			filepath.Join(chosen, "any-name"), []string{terraform, tofu},
			CLI{Path: filepath.Join(chosen, "any-name"), Version: "1.14.0"},
		},
		"terraform before tofu": {
			"", []string{tofu, terraform},
			CLI{Path: filepath.Join(terraform, "terraform"), Version: "1.11.4"},
		},
		"tofu alone": {
			"", []string{tofu},
			CLI{Path: filepath.Join(tofu, "tofu"), Version: "1.12.6", OpenTofu: true},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv(PathVariable, test.variable)
			t.Setenv("PATH", strings.Join(test.path, string(filepath.ListSeparator)))
			got, err := Find(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Find (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindDoesNotPassOverABrokenCLI(t *testing.T) {
	broken, working := t.TempDir(), t.TempDir()
	writeExecutable(t, filepath.Join(broken, "terraform"), "exit 1")
	writeExecutable(t, filepath.Join(working, "tofu"), "echo OpenTofu v1.12.6")
	t.Setenv(PathVariable, "")
	t.Setenv("PATH", broken+string(filepath.ListSeparator)+working)

	if cli, err := Find(t.Context()); err == nil || !strings.Contains(err.Error(), broken) {
		t.Errorf("Find = %+v, %v; want an error that names %s", cli, err, broken)
	}
}

func TestNamed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "terraform-1.0.11")
	writeExecutable(t, path, "echo Terraform v1.0.11")
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, name := range []string{"terraform-1.0.11", path} {
		got, err := Named(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(CLI{Path: path, Version: "1.0.11"}, got); diff != "" {
			t.Errorf("Named(%q) (-want +got):\n%s", name, diff)
		}
	}
	if cli, err := Named(t.Context(), "terraform-9.9.9"); err == nil || !strings.Contains(err.Error(), `"terraform-9.9.9"`) {
		t.Errorf("Named = %+v, %v; want an error with the name", cli, err)
	}
}

func TestSetenv(t *testing.T) {
	tests := map[string]struct {
		cli  CLI
		want map[string]string
	}{
		"terraform": {
			CLI{Path: "/a/terraform"},
			map[string]string{PathVariable: "/a/terraform", "TF_ACC_PROVIDER_HOST": "registry.terraform.io"},
		},
		"opentofu": {
			CLI{Path: "/a/tofu", OpenTofu: true},
			map[string]string{PathVariable: "/a/tofu", "TF_ACC_PROVIDER_HOST": "registry.opentofu.org"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.want["TF_CLI_CONFIG_FILE"] = os.DevNull
			test.want["CHECKPOINT_DISABLE"] = "1"
			for variable := range test.want {
				t.Setenv(variable, "set before") // restores what was set when the test ends
			}
			if err := test.cli.Setenv(); err != nil {
				t.Fatal(err)
			}
			got := make(map[string]string, len(test.want))
			for variable := range test.want {
				got[variable] = os.Getenv(variable)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}

// writeExecutable stands in for a CLI: a script whose body uses nothing but the shell's builtins.
func writeExecutable(t *testing.T, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}
