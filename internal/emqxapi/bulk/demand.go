package bulk

import (
	"sync/atomic"
	"time"
)

// The numbers behind the choice between one list and many single reads.
const (
	// several is how many reads, of whatever kind, have to wait together before
	// lists are considered: Terraform keeps 10 operations under way, so five
	// or fewer at once are a small configuration, which single reads serve with
	// as many requests and without asking how long the list would be.
	several = 5
	// maxAge bounds how old an answer from a snapshot can be.
	maxAge = 30 * time.Second
)

// demand counts the reads that wait at the moment, over all kinds: a plan of five
// credentials and five rules is as much in need of lists as one of ten credentials.
type demand struct {
	off     bool
	readers *traffic
	waiting atomic.Int64
}

// enter and exit count a read that waits.
func (d *demand) enter() {
	d.waiting.Add(1)
	d.readers.come()
}

func (d *demand) exit() {
	d.waiting.Add(-1)
	d.readers.leave()
}

// wantsList says whether a kind should be listed, of which pending reads wait now
// and single were answered one by one not long ago.
func (d *demand) wantsList(pending, single int) bool {
	if d.off {
		return false
	}
	return pending > 1 && d.waiting.Load() > several || pending+single > several
}

// worthReading says whether to read on after a list's first page, which showed
// how many pages there are. The price of the list is its remaining pages, the
// price of doing without is one request for each read that waits, and as
// nobody knows how many more will come, the reads answered one by one so far
// are counted too: so the two ways together never cost more than twice the
// better one. A broker with a million credentials is not listed for five.
func worthReading(remaining, pending, single int) bool {
	return remaining-single <= pending // this way round, as pending can be all there is
}
