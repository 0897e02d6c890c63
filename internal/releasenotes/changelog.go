package main

import (
	"fmt"
	"regexp"
	"strings"
)

// section is what the changelog says of one version.
type section struct {
	version string // as in the heading: "0.1.0", or "Unreleased"
	date    string // of the release, e.g. "2026-01-31"; "" while there is none
	notes   string
}

var (
	heading = regexp.MustCompile(`^## \[([^\]]+)\](?: - (\S+))?$`)
	// link is one of the list at the end of the file, which is no part of the last section.
	link = regexp.MustCompile(`^\[[^\]]+\]: \S+$`)
)

// parse reads the sections of a changelog in the form of keepachangelog.com.
func parse(changelog string) []section {
	var sections []section
	for line := range strings.Lines(changelog) {
		line = strings.TrimRight(line, "\r\n")
		if match := heading.FindStringSubmatch(line); match != nil {
			sections = append(sections, section{version: match[1], date: match[2]})
		} else if len(sections) > 0 && !link.MatchString(line) {
			sections[len(sections)-1].notes += line + "\n"
		}
	}
	for i := range sections {
		sections[i].notes = strings.TrimSpace(sections[i].notes)
	}
	return sections
}

func notesOf(sections []section, version string) (string, error) {
	for _, s := range sections {
		switch {
		case s.version != version:
			continue
		case s.notes == "":
			return "", fmt.Errorf("the section [%s] is empty", version)
		default:
			return s.notes, nil
		}
	}
	return "", fmt.Errorf("no section ## [%s]; tag the commit that turns [Unreleased] into it", version)
}
