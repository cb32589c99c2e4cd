// Go's own file server, as its documentation shows it: what `make bench static` compares large files with.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	http.Handle("/files/", http.StripPrefix("/files/", http.FileServer(http.Dir(os.Args[2]))))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
