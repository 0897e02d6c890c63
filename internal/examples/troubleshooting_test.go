package examples

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// summaryArgument is which argument of a call is the summary of an error or a warning that users see.
var summaryArgument = map[string]int{
	"AddError": 0, "AddWarning": 0, "AddAttributeError": 1, "AddAttributeWarning": 1,
	"NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "NewAttributeErrorDiagnostic": 1,
	"wrong":      1, // of package connect
	"diagnostic": 1, // of the failures of a fleet
}

// TestTroubleshootingHasEveryError looks in the source for the summary of each error and warning, and for it in the guide. What
// a message fills in can be anything there: "Cannot read %s" is found in "Cannot read OBJECT".
func TestTroubleshootingHasEveryError(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for file, parsed := range sourceFiles(t, "../provider", "../emqxapi") {
		for _, declaration := range parsed.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for _, text := range summariesIn(t, function) {
				found++
				if !shows(text).Match(guide) {
					t.Errorf("%s: %q of %s is not in the guide", file, text, function.Name)
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d summaries are in the source: are they made by functions that are not in summaryArgument?", found)
	}
}

// shows matches a format where it stands in the guide, as code and with anything that is filled in.
func shows(format string) *regexp.Regexp {
	parts := regexp.MustCompile(`%\w`).Split(format, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("`" + strings.Join(parts, "[^`]+") + "`")
}

// sourceFiles are the files below some folders that are no tests.
func sourceFiles(t *testing.T, folders ...string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// summariesIn are the formats of the summaries that a function makes.
func summariesIn(t *testing.T, function *ast.FuncDecl) (formats []string) {
	t.Helper()
	ast.Inspect(function, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			if at, known := summaryArgument[calledName(node)]; known && at < len(node.Args) {
				formats = append(formats, formatsOf(t, function, node.Args[at])...)
			}
		case *ast.CompositeLit:
			if summary := summaryOf(node); summary != nil {
				formats = append(formats, formatsOf(t, function, summary)...)
			}
		case *ast.AssignStmt:
			for i, left := range node.Lhs {
				if field, ok := left.(*ast.SelectorExpr); ok && field.Sel.Name == "Summary" {
					formats = append(formats, formatsOf(t, function, node.Rhs[i])...)
				}
			}
		}
		return true
	})
	return formats
}

func calledName(call *ast.CallExpr) string {
	switch called := call.Fun.(type) {
	case *ast.Ident:
		return called.Name
	case *ast.SelectorExpr:
		return called.Sel.Name
	}
	return ""
}

// summaryOf is that of an emqxapi.ConfigurationError, nil of anything else.
func summaryOf(literal *ast.CompositeLit) ast.Expr {
	if of, ok := literal.Type.(*ast.SelectorExpr); !ok || of.Sel.Name != "ConfigurationError" {
		return nil
	}
	for _, element := range literal.Elts {
		field, ok := element.(*ast.KeyValueExpr)
		if key, named := field.Key.(*ast.Ident); ok && named && key.Name == "Summary" {
			return field.Value
		}
	}
	return nil
}

// formatsOf are the formats that an expression can be. A parameter, a field or what a method makes is none: the summary is
// looked for where it comes from.
func formatsOf(t *testing.T, function *ast.FuncDecl, expression ast.Expr) []string {
	t.Helper()
	switch e := expression.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return []string{text}
	case *ast.CallExpr:
		if calledName(e) == "Sprintf" {
			return formatsOf(t, function, e.Args[0])
		}
	case *ast.BinaryExpr:
		return []string{joined(formatsOf(t, function, e.X)) + joined(formatsOf(t, function, e.Y))}
	case *ast.Ident:
		return assignedTo(t, function, e.Name)
	}
	return nil
}

// joined is a part of a text that is put together.
func joined(formats []string) string {
	if len(formats) == 1 {
		return formats[0]
	}
	return "%s"
}

// assignedTo are the formats that a function gives to a variable or constant of its own.
func assignedTo(t *testing.T, function *ast.FuncDecl, name string) (formats []string) {
	t.Helper()
	ast.Inspect(function, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			for i, left := range node.Lhs {
				if variable, ok := left.(*ast.Ident); ok && variable.Name == name && len(node.Rhs) == len(node.Lhs) {
					formats = append(formats, formatsOf(t, function, node.Rhs[i])...)
				}
			}
		case *ast.ValueSpec:
			if i := slices.IndexFunc(node.Names, func(n *ast.Ident) bool { return n.Name == name }); i >= 0 && i < len(node.Values) {
				formats = append(formats, formatsOf(t, function, node.Values[i])...)
			}
		}
		return true
	})
	return formats
}
