package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchMemory follows the largest resident size that a provider which the CLI has
// started in a workspace reaches, in bytes, until stop is called. It needs Linux's
// /proc; elsewhere it finds 0.
func (t *tools) watchMemory() (stop func() int64) {
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for {
			peak = max(peak, t.providerPeak())
			select {
			case <-done:
				result <- peak
				return
			case <-ticker.C:
			}
		}
	}()
	return func() int64 { close(done); return <-result }
}

// providerPeak is the largest high-water mark of the providers that run now.
func (t *tools) providerPeak() int64 {
	var peak int64
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		process := filepath.Dir(line)
		command, err := os.ReadFile(line)
		if err != nil || !bytes.Contains(command, []byte("terraform-provider-emqx")) {
			continue
		}
		if dir, err := os.Readlink(filepath.Join(process, "cwd")); err != nil || !strings.HasPrefix(dir, t.dir) {
			continue
		}
		if status, err := os.ReadFile(filepath.Join(process, "status")); err == nil {
			peak = max(peak, highWater(string(status)))
		}
	}
	return peak
}

// highWater reads the line "VmHWM:   123 kB" of a process status.
func highWater(status string) int64 {
	_, rest, _ := strings.Cut(status, "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), "kB")), 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}
