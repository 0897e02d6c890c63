package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// fire lets the strangers act who wait for a request about their object.
func (w *world) fire(a *attempt, after bool) {
	w.triggers.Lock()
	var due []stranger
	w.waiting = slices.DeleteFunc(w.waiting, func(t *stranger) bool {
		if t.after != after || !a.covers(t.object) {
			return false
		}
		t.nth--
		if t.nth == 0 {
			due = append(due, *t)
		}
		return t.nth == 0
	})
	w.triggers.Unlock()
	for _, t := range due {
		if t.at == 0 {
			w.act(t)
			continue
		}
		w.ghosts.Go(func() { time.Sleep(t.at); w.act(t) })
	}
}

// act carries out what a stranger does, in one moment.
func (w *world) act(s stranger) {
	h := w.history
	h.mu.Lock()
	defer h.mu.Unlock()
	if w.settled {
		return
	}
	for _, o := range s.objects() {
		s.object = o
		switch o.kind {
		case users:
			w.actOnUser(s)
		case bans:
			w.actOnBan(s)
		case rules:
			w.actOnRules(s)
		}
		h.keep(o, w.look(o, map[string]string{o.name: s.mark}), foreign, nil)
	}
}

// objects are what a stranger changes: one, or many.
func (s stranger) objects() []object {
	all := []object{s.object}
	if s.object.by == "all" {
		return all
	}
	for n := range s.many {
		all = append(all, object{s.object.kind, s.object.by, fmt.Sprintf("b%02d", n)})
	}
	return all
}

func (w *world) actOnUser(s stranger) {
	kind, name := tables.Kind(s.object.by), s.object.name
	switch s.what {
	case makes:
		_ = w.tables.CreateUser(kind, name, tables.NewPassword(s.mark), false)
	case changes, narrows:
		_, _ = w.tables.UpdateUser(kind, name, tables.NewPassword(s.mark), nil)
	case removes:
		w.tables.DeleteUser(kind, name)
	}
}

func (w *world) actOnBan(s stranger) {
	as := tables.BanKind(s.object.by)
	until := w.tables.Now().Add(1000 * time.Hour).Unix()
	made := tables.Ban{As: as, Who: s.object.name, By: "stranger", Reason: s.mark, At: w.tables.Now().Unix(), Until: until}
	_, there := w.tables.Ban(as, s.object.name)
	switch {
	case s.what == removes:
		w.tables.DeleteBan(as, s.object.name)
	case s.what == makes && !there, s.what != makes && there:
		_ = w.tables.PutBan(made)
	}
}

func (w *world) actOnRules(s stranger) {
	subject := subjectIn(s.object)
	if w.program.generation == v4 {
		if s.what == removes {
			w.tables.DeleteTopic(subject, s.rule.Topic)
			return
		}
		w.tables.AddRow(subject, s.rule.Topic, tables.Action(s.rule.Action), tables.Permission(s.rule.Access))
		return
	}
	list, _ := w.tables.Rules(subject)
	added := tables.Rule{
		Topic: s.rule.Topic, Action: tables.Action(s.rule.Action), Permission: tables.Permission(s.rule.Access),
		QoS: []int{0, 1, 2}, Retain: tables.RetainAny,
	}
	if s.what == narrows {
		added.Conditions, _ = tables.NewConditions(map[string]string{"ipaddr": "10.0.0.0/8"})
	}
	list = slices.DeleteFunc(list, func(r tables.Rule) bool {
		return r.Topic == s.rule.Topic && (r.Action == added.Action || r.Conditions != nil)
	})
	switch {
	case s.what == removes && len(list) == 0:
		w.tables.DeleteRules(subject)
		return
	case s.what == empties:
		list = nil
	case s.what != removes:
		list = append([]tables.Rule{added}, list...)
	}
	w.tables.SetRules(subject, list)
}

// subjectIn is whose rules an object is, in the words of the embedded broker.
func subjectIn(o object) tables.Subject { return tables.Subject{Kind: tables.Kind(o.by), Name: o.name} }
