package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// An Event of a watch.
type Event struct {
	// ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.
	Type   string
	Object json.RawMessage
}

// Watch hands events to a function until the server ends the watch, which it does after the given time, or the function
// answers with an error. Accept as in Request.
func (c *Client) Watch(ctx context.Context, path string, query url.Values, accept string, length time.Duration,
	handle func(Event) error) error {
	// A server that has disappeared silently must not block the watch forever.
	ctx, cancel := context.WithTimeout(ctx, length+requestTimeout)
	defer cancel()
	query = maps.Clone(query)
	query.Set("watch", "true")
	query.Set("allowWatchBookmarks", "true")
	query.Set("timeoutSeconds", strconv.Itoa(int(length.Seconds())))
	response, err := c.send(ctx, Request{Method: http.MethodGet, Path: path, Query: query, Accept: accept})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	for {
		var event Event
		err := decoder.Decode(&event)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return fmt.Errorf("watch %s: %w", path, err)
		case event.Type == "ERROR":
			return watchError(path, event.Object)
		}
		if err := handle(event); err != nil {
			return err
		}
	}
}

func watchError(path string, object json.RawMessage) error {
	refusal := &StatusError{request: "watch " + path}
	var status struct {
		Code            int
		Reason, Message string
	}
	if err := json.Unmarshal(object, &status); err != nil {
		status.Message = err.Error()
	}
	refusal.Code, refusal.Reason, refusal.Message = status.Code, status.Reason, status.Message
	return refusal
}
