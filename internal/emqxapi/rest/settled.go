package rest

import "errors"

// Settled is a failure whose outcome is known after all: whatever got lost on the way,
// the request has changed nothing. It is no emqxapi.ErrOutcomeUnknown any more.
func Settled(err error) error {
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	known := *failure
	known.Lost = false
	return &known
}
