package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// clients reads 5,000 connected clients.
func clients(ctx context.Context, t *tools) error {
	for _, api := range []string{"v4", "v5"} {
		if err := connectedClients(ctx, t, api, 5000); err != nil {
			return err
		}
	}
	return nil
}

func connectedClients(ctx context.Context, t *tools, api string, count int) error {
	b, err := startBroker(api)
	if err != nil {
		return err
	}
	defer b.Close()
	connections, err := connectAll(ctx, b.MQTTAddr(), count)
	defer closeAll(connections)
	if err != nil {
		return err
	}
	w, err := t.newWorkspace(ctx, b.providerHCL(1000)+`
data "emqx_clients" "all" {}
check "all" {
  assert {
    condition     = length(data.emqx_clients.all.clients) == `+fmt.Sprint(count)+`
    error_message = "not every client is there"
  }
}
`)
	if err != nil {
		return err
	}
	cost, err := b.cost(func() (time.Duration, error) { return w.plan(ctx) })
	figure("plan_clients_5000_"+api, cost.requests, "requests")
	figure("plan_clients_5000_"+api+"_time", cost.time, "s")
	return err
}

func connectAll(ctx context.Context, address string, count int) (connections []net.Conn, err error) {
	for i := range count {
		connection, err := connectMQTT(ctx, address, fmt.Sprintf("device-%06d", i))
		if err != nil {
			return connections, err
		}
		connections = append(connections, connection)
	}
	return connections, nil
}

func closeAll(connections []net.Conn) {
	for _, connection := range connections {
		_ = connection.Close()
	}
}

// connectMQTT connects a client (MQTT 3.1.1) that does nothing more.
func connectMQTT(ctx context.Context, address, clientID string) (net.Conn, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	length := 12 + len(clientID)
	connect := append([]byte{packets.Connect << 4, byte(length), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, byte(len(clientID))}, clientID...)
	if _, err := connection.Write(connect); err != nil {
		return nil, err
	}
	acknowledged := make([]byte, 4)
	if _, err := connection.Read(acknowledged); err != nil {
		return nil, err
	}
	if acknowledged[3] != 0 {
		return nil, fmt.Errorf("the broker refused %s with %d", clientID, acknowledged[3])
	}
	return connection, nil
}

const fewHCL = `
resource "emqx_auth_user" "few" {
  for_each = { for i in range(5) : format("few-%d", i) => i }
  username = each.key
  password = "password-${each.key}"
}
`

// fewOfMany plans 5 credentials on a broker that has 200,000.
func fewOfMany(ctx context.Context, t *tools) error {
	for _, api := range []string{"v4", "v5"} {
		if err := fewOf(ctx, t, api, 200_000); err != nil {
			return err
		}
	}
	return nil
}

func fewOf(ctx context.Context, t *tools, api string, count int) error {
	b, err := startBroker(api)
	if err != nil {
		return err
	}
	defer b.Close()
	w, err := t.newWorkspace(ctx, b.providerHCL(1000)+fewHCL)
	if err != nil {
		return err
	}
	if _, err := w.apply(ctx); err != nil {
		return err
	}
	password := tables.NewPassword("password")
	for i := range count {
		if err := b.Tables().CreateUser(tables.Username, fmt.Sprintf("device-%06d", i), password, false); err != nil {
			return err
		}
	}
	cost, err := b.cost(func() (time.Duration, error) { return w.plan(ctx) })
	figure("plan_5_of_200000_"+api, cost.requests, "requests")
	figure("plan_5_of_200000_"+api+"_time", cost.time, "s")
	return err
}
