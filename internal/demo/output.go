package main

import (
	"errors"
	"regexp"
	"strings"
)

// The lines of Terraform's and OpenTofu's output that the story shows. Both products word them alike.
var (
	// actionsLine comes before what the plan will do; above it is what was found to have changed.
	actionsLine = regexp.MustCompile(`(?m)^\S+ will perform the following actions:$`)
	// plannedLine is about a whole resource, or about an attribute that changes from one value to another.
	plannedLine = regexp.MustCompile(`(?m)^ +(# .*|~ \S+ += .* -> .*)$`)
	countLine   = regexp.MustCompile(`(?m)^\S+ complete! Resources: (.*)\.$`)
	errorLine   = regexp.MustCompile(`(?m)^[│ ]*Error: (.*)$`)
	spaces      = regexp.MustCompile(` +`)
)

// plannedLines picks from the output of plan what it will do to which resource.
func plannedLines(output string) []string {
	if start := actionsLine.FindStringIndex(output); start != nil {
		output = output[start[1]:]
	}
	var lines []string
	for _, match := range plannedLine.FindAllStringSubmatch(output, -1) {
		line := spaces.ReplaceAllString(match[1], " ")
		if !strings.HasSuffix(line, "unchanged attributes hidden)") {
			lines = append(lines, line)
		}
	}
	return lines
}

// resourceCount picks from the output of apply and destroy how many resources it was about.
func resourceCount(output string) (string, error) {
	match := countLine.FindStringSubmatch(output)
	if match == nil {
		return "", errors.New("no line with the number of resources in the output")
	}
	return match[1], nil
}

// firstError picks the summary of the first diagnostic from the error of a command.
func firstError(err error) string {
	match := errorLine.FindStringSubmatch(err.Error())
	if match == nil {
		return err.Error()
	}
	return match[1]
}
