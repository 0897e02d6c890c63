package v5

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// whole is an answer of which a part is known here and everything is sent back with a
// change in it: a PUT of settings resets what it lacks (api/v6.md §6).
type whole[T any] struct {
	known T
	all   object
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *whole[T]) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &w.known); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(&w.all)
}

func (w whole[T]) check() error {
	if w.all == nil {
		return errors.New("it is null")
	}
	return nil
}

// object is a JSON object as it came, its numbers as they were written.
type object map[string]any

// with is the object with a value at the path of names.
func (o object) with(value any, name string, below ...string) object {
	changed := object{}
	maps.Copy(changed, o)
	if len(below) > 0 {
		inner, _ := o[name].(map[string]any)
		value = map[string]any(object(inner).with(value, below[0], below[1:]...))
	}
	changed[name] = value
	return changed
}

// lacks names the fields that an answer does not have or has otherwise. What it has
// besides is no matter: EMQX adds defaults, and spells a duration as it likes.
func (o object) lacks(answer object) []string {
	var names []string
	for name, value := range o {
		inner, isObject := value.(map[string]any)
		other, both := answer[name].(map[string]any)
		switch {
		case isObject && both:
			for _, below := range object(inner).lacks(other) {
				names = append(names, name+"."+below)
			}
		case !reflect.DeepEqual(value, answer[name]) && !sameDurations(value, answer[name]):
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func sameDurations(a, b any) bool {
	first, ok := a.(string)
	second, both := b.(string)
	return ok && both && emqxapi.SameDuration(first, second)
}
