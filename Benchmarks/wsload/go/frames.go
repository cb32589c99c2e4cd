package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10

	maxMessage = 64 << 10
)

// readFrame reads a whole, masked frame (RFC 6455 5.2) into the buffer, and returns the opcode and the payload.
func readFrame(reader *bufio.Reader, buffer []byte) (byte, []byte, error) {
	var head [14]byte
	if _, err := io.ReadFull(reader, head[:2]); err != nil {
		return 0, nil, err
	}
	if head[0]&0x80 == 0 || head[1]&0x80 == 0 {
		return 0, nil, errors.New("a fragment, or not masked")
	}
	length := int(head[1] & 0x7f)
	if length == 126 {
		if _, err := io.ReadFull(reader, head[2:4]); err != nil {
			return 0, nil, err
		}
		length = int(binary.BigEndian.Uint16(head[2:4]))
	}
	if length > maxMessage || head[1]&0x7f == 127 {
		return 0, nil, errors.New("too long")
	}
	var mask [4]byte
	if _, err := io.ReadFull(reader, mask[:]); err != nil {
		return 0, nil, err
	}
	payload := append(buffer[:0], make([]byte, length)...)
	if _, err := io.ReadFull(reader, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i&3]
	}
	return head[0] & 0x0f, payload, nil
}

// frame is a whole frame of the server's.
func frame(opcode byte, payload []byte) []byte {
	result := make([]byte, 0, 4+len(payload))
	result = append(result, 0x80|opcode)
	if len(payload) < 126 {
		result = append(result, byte(len(payload)))
	} else {
		result = append(result, 126, byte(len(payload)>>8), byte(len(payload)))
	}
	return append(result, payload...)
}
