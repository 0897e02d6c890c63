package v4_test

import (
	"sync/atomic"
	"time"
)

// stepping is a broker's clock that stands still until it is told to go on.
type stepping struct{ milliseconds atomic.Int64 }

func newStepping() *stepping {
	c := &stepping{}
	c.milliseconds.Store(time.Now().UnixMilli())
	return c
}

func (c *stepping) now() time.Time { return time.UnixMilli(c.milliseconds.Load()) }

func (c *stepping) step() { c.milliseconds.Add(1) }
