package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/eclipse/paho.golang/paho"
)

// patience is how long a client waits for the broker.
const patience = 10 * time.Second

// device is an MQTT 5 client that is connected. Unlike those of MQTT 3.1.1 it is told why something is refused.
type device struct {
	client   *paho.Client
	received chan *paho.Publish
}

func (d *device) disconnect() { _ = d.client.Disconnect(&paho.Disconnect{}) }

// connectAs connects a client with the password of a user, or without any credential when the username is empty.
func connectAs(clientid, username string) action {
	return func(ctx context.Context, s *scene) (string, error) {
		return s.connectDevice(ctx, clientid, username, s.passwords[username])
	}
}

func connectWithWrongPassword(clientid, username string) action {
	return func(ctx context.Context, s *scene) (string, error) {
		return s.connectDevice(ctx, clientid, username, "not that of "+username)
	}
}

// connectDevice connects a client anew and keeps it in s.devices if it was accepted.
func (s *scene) connectDevice(ctx context.Context, clientid, username, password string) (string, error) {
	if before, ok := s.devices[clientid]; ok {
		before.disconnect()
		delete(s.devices, clientid)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.broker.MQTTAddr())
	if err != nil {
		return "", err
	}
	d := &device{received: make(chan *paho.Publish, 10)}
	d.client = paho.NewClient(paho.ClientConfig{
		Conn: connection,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(message paho.PublishReceived) (bool, error) {
			d.received <- message.Packet
			return true, nil
		}},
	})
	connack, err := d.client.Connect(ctx, &paho.Connect{
		ClientID: clientid, CleanStart: true, KeepAlive: 60,
		Username: username, UsernameFlag: username != "",
		Password: []byte(password), PasswordFlag: username != "",
	})
	if connack == nil {
		return "", fmt.Errorf("waiting for the CONNACK: %w", err)
	}
	if connack.ReasonCode == 0 {
		s.devices[clientid] = d
	}
	return outcome(connack.ReasonCode), nil
}

// use has a connected client do something, within patience.
func use(clientid string, do func(ctx context.Context, d *device) (string, error)) action {
	return func(ctx context.Context, s *scene) (string, error) {
		d, ok := s.devices[clientid]
		if !ok {
			return "", fmt.Errorf("%s is not connected", clientid)
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return do(ctx, d)
	}
}

// publish sends with QoS 1, which the broker answers.
func publish(clientid, topic, payload string) action {
	return use(clientid, func(ctx context.Context, d *device) (string, error) {
		puback, err := d.client.Publish(ctx, &paho.Publish{Topic: topic, Payload: []byte(payload), QoS: 1})
		if puback == nil {
			return "", fmt.Errorf("waiting for the PUBACK: %w", err)
		}
		return outcome(puback.ReasonCode), nil
	})
}

func subscribe(clientid, filter string) action {
	return use(clientid, func(ctx context.Context, d *device) (string, error) {
		suback, err := d.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 1}}})
		if suback == nil {
			return "", fmt.Errorf("waiting for the SUBACK: %w", err)
		}
		return outcome(suback.Reasons[0]), nil
	})
}

// receive waits for the next message of a client that has subscribed.
func receive(clientid string) action {
	return use(clientid, func(ctx context.Context, d *device) (string, error) {
		select {
		case message := <-d.received:
			return fmt.Sprintf("%s on %s", message.Payload, message.Topic), nil
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for a message: %w", ctx.Err())
		}
	})
}

// awaitEnd waits until the broker has ended the connection of a client.
func awaitEnd(clientid string) action {
	return use(clientid, func(ctx context.Context, d *device) (string, error) {
		select {
		case <-d.client.Done():
			return "disconnected", nil
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for the end of the connection: %w", ctx.Err())
		}
	})
}

// reasons are the refusals of MQTT 5.0, section 2.4, that a client of the demo can meet.
var reasons = map[byte]string{
	0x86: "bad username or password",
	0x87: "not authorized",
	0x8a: "banned",
}

// outcome is what a reason code says. Those below 0x80 are successes, e.g. the QoS that was granted.
func outcome(code byte) string {
	reason, known := reasons[code]
	switch {
	case code < 0x80:
		return accepted
	case known:
		return "refused: " + reason
	default:
		return fmt.Sprintf("refused: reason code 0x%02x", code)
	}
}
