package faults

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RegisterFlags makes the options that fit a command line its flags.
func (o *Options) RegisterFlags(fs *flag.FlagSet) {
	if o.Chance == nil {
		o.Chance = map[Kind]float64{}
	}
	fs.Func("fault", "`kind=chance` of a fault per request, e.g. 429=0.1; repeatable; kinds: "+kindNames(), o.parseChance)
	fs.Func("fault-mixed", "`chance` per request of a fault of any kind but huge-body", o.parseMixed)
	fs.Int64Var(&o.Seed, "fault-seed", o.Seed, "seed of the faults' random numbers")
	fs.IntVar(&o.Limit, "fault-limit", o.Limit, "number of faults after which no more are injected (0: no limit)")
	fs.DurationVar(&o.RetryAfter, "fault-retry-after", time.Second, "what Retry-After of a 429 tells")
	fs.Int64Var(&o.HugeBytes, "fault-huge-bytes", o.hugeBytes(), "size of a huge-body")
	fs.DurationVar(&o.DripFor, "fault-drip", o.dripFor(), "time over which slow-drip spreads an answer")
	fs.DurationVar(&o.StallFor, "fault-stall", o.StallFor, "time after which a stalled connection is closed (0: when the client gives up)")
	fs.StringVar(&o.OtherOrigin, "fault-other-origin", o.otherOrigin(), "where redirect-other-origin points")
	fs.IntVar(&o.QuotaPerSecond, "quota", o.QuotaPerSecond, "requests a second above which the answer is 429 (0: no quota)")
	fs.DurationVar(&o.Latency, "latency", o.Latency, "time that passes before every request is served")
}

func (o *Options) parseChance(s string) error {
	name, value, found := strings.Cut(s, "=")
	if !found {
		return fmt.Errorf("want kind=chance, e.g. %s=0.1", ResetAfter)
	}
	if !slices.Contains(Kinds(), Kind(name)) {
		return fmt.Errorf("no fault of kind %q; there are %s", name, kindNames())
	}
	chance, err := parseProbability(value)
	if err != nil {
		return err
	}
	o.Chance[Kind(name)] = chance
	return o.checkSum()
}

func (o *Options) parseMixed(s string) error {
	chance, err := parseProbability(s)
	if err != nil {
		return err
	}
	o.mix(chance)
	return o.checkSum()
}

// checkSum refuses chances of which the last kinds would get less than asked.
func (o *Options) checkSum() error {
	sum := 0.0
	for _, chance := range o.Chance {
		sum += chance
	}
	const roundingError = 1e-9
	if sum > 1+roundingError {
		return fmt.Errorf("the chances of all faults add up to %.3f, which is more than 1", sum)
	}
	return nil
}

func parseProbability(s string) (float64, error) {
	p, err := strconv.ParseFloat(s, 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("%q is no chance: want a number from 0 to 1", s)
	}
	return p, nil
}

func kindNames() string {
	names := make([]string, len(behaviours))
	for i, k := range Kinds() {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}
