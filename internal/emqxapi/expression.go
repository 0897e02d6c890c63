package emqxapi

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// EMQX has the regular expressions of PCRE. Go has those of RE2, which are fewer, and
// a few that PCRE refuses. So an expression is one that every broker takes, one that
// none takes, or one that only the broker can tell about.

// brokenInEveryDialect are the mistakes that no dialect takes.
var brokenInEveryDialect = []syntax.ErrorCode{
	syntax.ErrMissingBracket, syntax.ErrMissingParen, syntax.ErrUnexpectedParen,
	syntax.ErrMissingRepeatArgument, syntax.ErrTrailingBackslash, syntax.ErrInvalidCharRange,
}

// ValidateExpression refuses a regular expression that no broker takes.
func ValidateExpression(text string) error {
	_, err := syntax.Parse(text, syntax.Perl)
	var mistake *syntax.Error
	if errors.As(err, &mistake) && slices.Contains(brokenInEveryDialect, mistake.Code) && !strings.Contains(text, "(*") { // (*UTF) and the like are PCRE's
		return fmt.Errorf("%q is not a regular expression: %s", text, mistake.Code)
	}
	return nil
}

// isPlainExpression says whether an expression has only what PCRE and Go have alike:
// literals, classes, groups, alternatives, repetitions and anchors. It errs on the side
// of no.
func isPlainExpression(text string) bool {
	tree, err := syntax.Parse(text, syntax.Perl)
	return err == nil && !repeatsNothing(tree) && hasPlainEscapes(text)
}

// repeatsNothing finds a repetition of what matches no character, such as ^*, which
// PCRE refuses.
func repeatsNothing(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		switch tree.Sub[0].Op {
		case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpEmptyMatch:
			return true
		}
	}
	return slices.ContainsFunc(tree.Sub, repeatsNothing)
}

// compileExpression gives an expression as PCRE has it without the option for Unicode,
// which EMQX leaves out: both the expression and what it is held against are bytes.
func compileExpression(text string) (*regexp.Regexp, error) {
	return regexp.Compile(bytesAsLetters(text))
}

// bytesAsLetters makes a letter of each byte.
func bytesAsLetters(text string) string {
	letters := make([]rune, len(text))
	for i := range len(text) {
		letters[i] = rune(text[i])
	}
	return string(letters)
}

// hasPlainEscapes says whether whatever begins with a backslash, a bracket or (? means
// the same in both dialects. A class such as [:alpha:] is refused by PCRE outside of
// brackets.
func hasPlainEscapes(text string) bool {
	for i := 0; i < len(text); i++ {
		rest := text[i+1:]
		switch text[i] {
		case '\\':
			if !strings.ContainsRune(`dDsSwWbBnrt\.+*?()|[]{}^$/:-`, rune(rest[0])) {
				return false
			}
			i++
		case '[':
			if strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "=") {
				return false
			}
		case '(':
			if strings.HasPrefix(rest, "?") && !strings.HasPrefix(rest, "?:") && !strings.HasPrefix(rest, "?i)") {
				return false
			}
		}
	}
	return true
}
