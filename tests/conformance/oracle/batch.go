package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

const longestLine = 64 << 20

type reply struct {
	ID      string         `json:"id"`
	Answers map[string]any `json:"answers,omitempty"`
	Error   string         `json:"error,omitempty"`
	MS      int64          `json:"ms"`
}

// batch answers each line of standard input with a line: a start of the process costs more than many answers.
func batch([]string) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), longestLine)
	replies := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := replies.Encode(answerLine(lines.Bytes())); err != nil {
			return err
		}
	}
	return lines.Err()
}

func answerLine(line []byte) (out reply) {
	start := time.Now()
	var r request
	defer func() {
		if fault := recover(); fault != nil {
			out.Error = fmt.Sprint(fault)
		}
		out.ID, out.MS = r.ID, time.Since(start).Milliseconds()
	}()
	err := json.Unmarshal(line, &r)
	if err == nil {
		out.Answers, err = r.answers()
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}
