// Checks our notes and proofs with Go's golang.org/x/mod/sumdb, and writes others for us to check.
//
// The two packages are those that the Go toolchain carries for its own checksum database; see run.sh.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"cmd/vendor/golang.org/x/mod/sumdb/note"
	"cmd/vendor/golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Fprintln(os.Stderr, what+":", err)
		os.Exit(1)
	}
}

func hashes(text string) []tlog.Hash {
	var list []tlog.Hash
	for _, word := range strings.Fields(text) {
		hash, err := tlog.ParseHash(word)
		must(err, "hash")
		list = append(list, hash)
	}
	return list
}

func words(list []tlog.Hash) string {
	var out []string
	for _, hash := range list {
		out = append(out, hash.String())
	}
	return strings.Join(out, " ")
}

func number(text string) int64 {
	var value int64
	_, err := fmt.Sscanf(text, "%d", &value)
	must(err, "number "+text)
	return value
}

// check reads lines of tab-separated fields: a kind, then what the kind needs.
func check(path string) {
	file, err := os.Open(path)
	must(err, "open")
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	var verifier note.Verifier
	roots := map[int64]tlog.Hash{}
	count := 0
	for scanner.Scan() {
		fields := strings.Split(scanner.Text(), "\t")
		where := fmt.Sprint("line ", count+1, " ", fields[0])
		switch fields[0] {
		case "key":
			verifier, err = note.NewVerifier(fields[1])
			must(err, where)
		case "note":
			whole, err := base64.StdEncoding.DecodeString(fields[1])
			must(err, where)
			opened, err := note.Open(whole, note.VerifierList(verifier))
			must(err, where)
			lines := strings.Split(opened.Text, "\n")
			root, err := tlog.ParseHash(lines[2])
			must(err, where)
			roots[number(lines[1])] = root
		case "inclusion":
			size, index := number(fields[1]), number(fields[2])
			leaf := tlog.RecordHash([]byte("entry " + fields[2]))
			must(tlog.CheckRecord(hashes(fields[3]), size, roots[size], index, leaf), where)
		case "consistency":
			size, old := number(fields[1]), number(fields[2])
			must(tlog.CheckTree(hashes(fields[3]), size, roots[size], old, roots[old]), where)
		default:
			must(fmt.Errorf("unknown"), where)
		}
		count++
	}
	must(scanner.Err(), "read")
	fmt.Println("Go accepts", count, "notes and proofs")
}

func write(path string, secret string, most int64) {
	signer, err := note.NewSigner(secret)
	must(err, "signer")
	file, err := os.Create(path)
	must(err, "create")
	out := bufio.NewWriter(file)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, index := range indexes {
			list = append(list, stored[index])
		}
		return list, nil
	})
	for size := int64(1); size <= most; size++ {
		more, err := tlog.StoredHashes(size-1, []byte(fmt.Sprint("entry ", size-1)), reader)
		must(err, "stored")
		stored = append(stored, more...)
		root, err := tlog.TreeHash(size, reader)
		must(err, "root")
		text := fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), size, root)
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		must(err, "sign")
		fmt.Fprintf(out, "note\t%s\n", base64.StdEncoding.EncodeToString(signed))
		for _, index := range []int64{0, size / 3, size / 2, size - 1} {
			proof, err := tlog.ProveRecord(size, index, reader)
			must(err, "prove")
			fmt.Fprintf(out, "inclusion\t%d\t%d\t%s\n", size, index, words(proof))
			if index > 0 {
				proof, err := tlog.ProveTree(size, index, reader)
				must(err, "prove")
				fmt.Fprintf(out, "consistency\t%d\t%d\t%s\n", size, index, words(proof))
			}
		}
	}
	must(out.Flush(), "flush")
}

func main() {
	switch os.Args[1] {
	case "check":
		check(os.Args[2])
	case "write":
		write(os.Args[2], os.Args[3], 1000)
	}
}
