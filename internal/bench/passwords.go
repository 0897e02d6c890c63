package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// rotationHCL is a fleet whose passwords are of a round, and what becomes of its clients.
func rotationHCL(round int, connected string) string {
	return fmt.Sprintf("resource \"emqx_auth_users\" \"fleet\" {\n  passwords = %s\n  connected_clients = %q\n}\n", rotated(round), connected)
}

func rotated(round int) string {
	return fmt.Sprintf(`{ for i in %s : format("device-%%06d", i) => "password-${i}-%d" }`, numbers(fleetSize), round)
}

// rotation changes the passwords of a fleet, without clients and with all of them
// connected, and removes it.
func rotation(ctx context.Context, t *tools, api string) error {
	b, err := startBroker(api)
	if err != nil {
		return err
	}
	defer b.Close()
	const noLimit = 1_000_000
	provider := b.providerHCL(noLimit)
	w, err := t.newWorkspace(ctx, provider+rotationHCL(1, "leave"))
	if err != nil {
		return err
	}
	if _, err := w.apply(ctx); err != nil {
		return err
	}
	name := fmt.Sprintf("of_%d_%s", fleetSize, api)
	if api == "v5" {
		if err := rotate(ctx, t, b, w, provider, name); err != nil {
			return err
		}
	}
	if _, err := w.plan(ctx); err != nil {
		return err
	}
	cost, err := b.cost(func() (time.Duration, error) { return destroy(ctx, w) })
	if err != nil {
		return err
	}
	const inFlight = 32
	ideal := time.Duration(cost.requests) * latency / inFlight
	figure("remove_"+name, cost.requests, "requests")
	figure("remove_"+name+"_time", cost.time, "s")
	figure("remove_"+name+"_over_latency_of_32_in_flight", ratio(b.busy(), ideal), "ratio")
	return nil
}

func rotate(ctx context.Context, t *tools, b *broker, w *workspace, provider, name string) error {
	data, err := t.newWorkspace(ctx, "resource \"terraform_data\" \"fleet\" {\n  input = "+rotated(1)+"\n}\n")
	if err != nil {
		return err
	}
	if _, err := data.apply(ctx); err != nil {
		return err
	}
	if err := data.write("resource \"terraform_data\" \"fleet\" {\n  input = " + rotated(2) + "\n}\n"); err != nil {
		return err
	}
	dataTook, err := data.apply(ctx)
	if err != nil {
		return err
	}
	if err := w.write(provider + rotationHCL(2, "leave")); err != nil {
		return err
	}
	cost, err := b.cost(func() (time.Duration, error) { return w.apply(ctx) })
	if err != nil {
		return err
	}
	figure("change_passwords_"+name, cost.requests, "requests")
	figure("change_passwords_"+name+"_time", cost.time, "s")
	figure("change_passwords_"+name+"_over_terraform_data", ratio(cost.time, dataTook), "ratio")

	clients := make([]net.Conn, fleetSize)
	for i := range clients {
		if clients[i], err = b.join(fmt.Sprintf("client-%06d", i), fmt.Sprintf("device-%06d", i), fmt.Sprintf("password-%d-2", i)); err != nil {
			return err
		}
	}
	defer closeAll(clients)
	if err := w.write(provider + rotationHCL(3, "disconnect")); err != nil {
		return err
	}
	cost, err = b.cost(func() (time.Duration, error) { return w.apply(ctx) })
	if err != nil {
		return err
	}
	figure("change_passwords_"+name+"_connected_disconnect", cost.requests, "requests")
	figure("change_passwords_"+name+"_connected_disconnect_time", cost.time, "s")
	if left := len(b.Live().Clients()); left > 0 {
		return fmt.Errorf("%d of %d clients are still connected", left, fleetSize)
	}
	return nil
}

// busy is the time from the first DELETE to the last.
func (b *broker) busy() time.Duration {
	var first, last time.Time
	for _, request := range b.Requests() {
		if request.Method != http.MethodDelete {
			continue
		}
		if first.IsZero() || request.Start.Before(first) {
			first = request.Start
		}
		if request.End.After(last) {
			last = request.End
		}
	}
	return last.Sub(first)
}

// join connects a client (MQTT 3.1.1) without a socket: there are more of them than a
// process may have.
func (b *broker) join(clientID, username, password string) (net.Conn, error) {
	client, server := net.Pipe()
	b.Live().Join(server)
	body := []byte{0, 4, 'M', 'Q', 'T', 'T', 4, 0xC2, 0, 0}
	for _, text := range []string{clientID, username, password} {
		body = append(body, 0, byte(len(text)))
		body = append(body, text...)
	}
	if _, err := client.Write(append([]byte{packets.Connect << 4, byte(len(body))}, body...)); err != nil {
		return nil, err
	}
	acknowledged := make([]byte, 4)
	if _, err := client.Read(acknowledged); err != nil {
		return nil, err
	}
	if acknowledged[3] != 0 {
		return nil, fmt.Errorf("the broker refused %s with %d", clientID, acknowledged[3])
	}
	return client, nil
}
