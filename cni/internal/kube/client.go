package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// No answer is longer than this: a page of pods' metadata is some 500 kB.
const longestAnswer = 16 << 20

// How long one request may take, from the connection to the last byte. A watch has its own time.
const requestTimeout = 10 * time.Second

// A Client sends requests to one API server.
type Client struct {
	account Account

	mutex     sync.Mutex
	ca        []byte
	transport *http.Transport
}

// New refuses an invalid account; it sends no request yet.
func New(account Account) (*Client, error) {
	if err := account.Check(); err != nil {
		return nil, err
	}
	return &Client{account: account}, nil
}

// A Request of one kind; Query, Body and ContentType may be left out.
type Request struct {
	Method      string
	Path        string
	Query       url.Values
	Body        any
	ContentType string
	// The media type to accept, if it is not plain JSON.
	Accept string
}

// Do sends a request and reads the answer into a value, or throws it away when that is nil.
func (c *Client) Do(ctx context.Context, request Request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	response, err := c.send(ctx, request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body := io.LimitReader(response.Body, longestAnswer)
	if into == nil {
		_, err = io.Copy(io.Discard, body)
		return err
	}
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return fmt.Errorf("%s %s: the response is not JSON of the expected kind: %w", request.Method, request.Path, err)
	}
	return nil
}

// Get reads one object or list.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	return c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query}, into)
}

func (c *Client) send(ctx context.Context, request Request) (*http.Response, error) {
	credentials, err := c.account.Read()
	if err != nil {
		return nil, err
	}
	transport, err := c.transportFor(credentials.CA)
	if err != nil {
		return nil, err
	}
	message, err := c.message(ctx, request, credentials.Token)
	if err != nil {
		return nil, err
	}
	// RoundTrip does not follow redirects: the token is only for this server.
	response, err := transport.RoundTrip(message)
	if err != nil {
		return nil, fmt.Errorf("%s %s%s: %w", request.Method, c.account.Server, request.Path, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		defer response.Body.Close()
		return nil, statusError(request, response)
	}
	return response, nil
}

func (c *Client) message(ctx context.Context, request Request, token string) (*http.Request, error) {
	var body io.Reader
	if request.Body != nil {
		text, err := json.Marshal(request.Body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	target := c.account.Server + request.Path
	if len(request.Query) > 0 {
		target += "?" + request.Query.Encode()
	}
	message, err := http.NewRequestWithContext(ctx, request.Method, target, body)
	if err != nil {
		return nil, err
	}
	message.Header.Set("Authorization", "Bearer "+token)
	message.Header.Set("Accept", firstOf(request.Accept, "application/json"))
	message.Header.Set("User-Agent", "flatlan-node")
	if body != nil {
		message.Header.Set("Content-Type", firstOf(request.ContentType, "application/json"))
	}
	return message, nil
}

// transportFor keeps connections as long as the cluster's certificates stay the same.
func (c *Client) transportFor(ca []byte) (*http.Transport, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.transport != nil && bytes.Equal(ca, c.ca) {
		return c.transport, nil
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("no certificate in %s/ca.crt", c.account.ServiceAccount)
	}
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
	c.ca = ca
	c.transport = &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: requestTimeout,
		IdleConnTimeout:     time.Minute,
		MaxIdleConns:        2,
	}
	return c.transport, nil
}

func firstOf(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// A StatusError is the API server's refusal.
type StatusError struct {
	Code    int
	Reason  string
	Message string
	request string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: %d %s: %s", e.request, e.Code, e.Reason, e.Message)
}

func statusError(request Request, response *http.Response) error {
	refusal := &StatusError{Code: response.StatusCode, request: request.Method + " " + request.Path}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	var status struct{ Reason, Message string }
	if err := json.Unmarshal(text, &status); err != nil || status.Message == "" {
		status.Message = firstLine(text)
	}
	refusal.Reason = firstOf(status.Reason, http.StatusText(response.StatusCode))
	refusal.Message = status.Message
	return refusal
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return string(line[:min(len(line), 200)])
}

// Code is the HTTP status of a refusal, and 0 where no answer came.
func Code(err error) int {
	var refusal *StatusError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return 0
}
