package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

func (b *broker) breakdown() {
	if os.Getenv("BREAKDOWN") == "" {
		return
	}
	n := map[string]int{}
	for _, r := range b.Requests() {
		p := strings.Split(strings.TrimPrefix(r.Path, "/api/"), "/")
		if len(p) > 2 {
			p = append(p[:2], fmt.Sprint(len(p)))
		}
		n[r.Method+" "+strings.Join(p, "/")]++
	}
	var k []string
	for x, c := range n {
		k = append(k, fmt.Sprintf("%5d %s", c, x))
	}
	sort.Strings(k)
	for _, x := range k {
		fmt.Println("   ", x)
	}
}
