package live

import (
	"slices"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// mayDo asks whether a client may do something, and ends its connection if that is what the settings say of one that may not.
func (b *Broker) mayDo(cl *mqtt.Client, request tables.Request) bool {
	s, ok := b.session(cl)
	if !ok {
		return false
	}
	settings := b.tables.Settings()
	b.counters.add("client.check_acl")
	allowed := b.decide(cl, s, request, settings)
	if allowed {
		b.counters.add("client.acl.allow")
		return true
	}
	b.counters.add("client.acl.deny")
	if settings.Disconnect {
		if cl.Properties.ProtocolVersion == 5 {
			_ = b.server.DisconnectClient(cl, packets.ErrNotAuthorized)
		}
		cl.Stop(packets.ErrNotAuthorized)
	}
	return false
}

// decide asks the sources, unless it is about a PUBLISH on which they were asked a moment ago. Subscriptions are asked about
// each time (api/v6.md §4).
func (b *Broker) decide(cl *mqtt.Client, s *session, request tables.Request, settings tables.Settings) bool {
	keep := request.Action == tables.Publish && settings.Cache.Enable && !slices.ContainsFunc(settings.Cache.Excludes,
		func(filter string) bool { return tables.Covers(filter, request.Topic) })
	key := decisionKey{topic: request.Topic, qos: request.QoS, retain: request.Retain}
	now := b.tables.Now()
	if keep {
		if allowed, kept := s.decisions.get(key, now.Add(-settings.Cache.TTL)); kept {
			b.counters.add("client.acl.cache_hit")
			return allowed
		}
	}
	b.counters.add("authorization.cache_miss")
	allowed := b.ask(cl, s, request, settings)
	if keep {
		s.decisions.put(key, allowed, now, settings.Cache.MaxSize)
	}
	return allowed
}

func (b *Broker) ask(cl *mqtt.Client, s *session, request tables.Request, settings tables.Settings) bool {
	request.ClientID, request.Superuser = cl.ID, s.superuser
	request.Peer, request.Listener, request.Zone = s.peer.Addr(), s.listener, s.zone
	if s.username != nil {
		request.Username = *s.username
	}
	switch decided := b.tables.In(s.namespace).Authorize(request); {
	case request.Superuser:
		b.counters.add("authorization.superuser")
		return true
	case decided == tables.Allowed:
		b.counters.add("authorization.matched.allow")
		return true
	case decided == tables.Denied:
		b.counters.add("authorization.matched.deny")
		return false
	default:
		b.counters.add("authorization.nomatch")
		return settings.NoMatch == tables.Allow
	}
}

// Decision is what was decided on publishing by a client, and is kept for a while.
type Decision struct {
	Topic   string
	QoS     int
	Retain  bool
	Allowed bool
	At      time.Time
}

type decisionKey struct {
	topic  string
	qos    int
	retain bool
}

// decisions are those of one connection. The oldest are at the front.
type decisions struct {
	mu   sync.Mutex
	kept []Decision
}

func (d *decisions) find(key decisionKey) int {
	return slices.IndexFunc(d.kept, func(k Decision) bool { return decisionKey{k.Topic, k.QoS, k.Retain} == key })
}

// get gives a decision that was made after a time.
func (d *decisions) get(key decisionKey, after time.Time) (allowed, kept bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = slices.DeleteFunc(d.kept, func(k Decision) bool { return !k.At.After(after) })
	if i := d.find(key); i >= 0 {
		return d.kept[i].Allowed, true
	}
	return false, false
}

// put keeps a decision, and forgets the oldest when there are too many.
func (d *decisions) put(key decisionKey, allowed bool, now time.Time, maxSize int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := d.find(key); i >= 0 {
		d.kept = slices.Delete(d.kept, i, i+1)
	}
	d.kept = append(d.kept, Decision{Topic: key.topic, QoS: key.qos, Retain: key.retain, Allowed: allowed, At: now})
	d.kept = d.kept[max(0, len(d.kept)-maxSize):]
}

func (d *decisions) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = nil
}

// Decisions gives the decisions that still hold for a client, and whether there is such a client.
func (b *Broker) Decisions(clientid string) ([]Decision, bool) {
	s, ok := b.sessionOf(clientid)
	if !ok {
		return nil, false
	}
	after := b.tables.Now().Add(-b.tables.Settings().Cache.TTL)
	s.decisions.mu.Lock()
	defer s.decisions.mu.Unlock()
	kept := slices.Clone(s.decisions.kept)
	return slices.DeleteFunc(kept, func(k Decision) bool { return !k.At.After(after) }), true
}

// ClearDecisions forgets what was decided for a client, and says whether there is one.
func (b *Broker) ClearDecisions(clientid string) bool {
	s, ok := b.sessionOf(clientid)
	if ok {
		s.decisions.clear()
	}
	return ok
}

// ClearAllDecisions forgets what was decided for every client.
func (b *Broker) ClearAllDecisions() {
	b.sessions.Range(func(_, value any) bool {
		value.(*session).decisions.clear()
		return true
	})
}

func (b *Broker) sessionOf(clientid string) (*session, bool) {
	cl, ok := b.server.Clients.Get(clientid)
	if !ok {
		return nil, false
	}
	return b.session(cl)
}
