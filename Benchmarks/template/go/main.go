// The page of the benchmark by Go's html/template: main COUNT makes it so often, and prints the last one.
package main

import (
	"bytes"
	"fmt"
	"html/template"
	"os"
	"strconv"
)

type User struct {
	ID      int
	Name    string
	Email   string
	Posts   int
	IsAdmin bool
}

type Page struct {
	Title string
	User  string
	Users []User
}

const layout = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{.Title}} - Zzz</title>
<link rel="stylesheet" href="/assets/app.css">
<script src="/assets/app.js" defer></script>
</head>
<body>
<nav><a href="/">Home</a> <a href="/users">Users</a> <a href="/posts">Posts</a> <span>{{.User}}</span></nav>
<main>
{{template "index" .}}</main>
<footer>Made with templates.</footer>
</body>
</html>
`

const index = `<h1>{{len .Users}} users</h1>
<table>
<thead><tr><th>Name</th><th>E-mail</th><th>Posts</th><th>Role</th><th></th></tr></thead>
<tbody>
{{range .Users}}{{template "row" .}}{{end}}</tbody>
</table>
`

const row = `<tr class="{{if .IsAdmin}}admin{{else}}member{{end}}">
<td><a href="/users/{{.ID}}">{{.Name}}</a></td>
<td>{{.Email}}</td>
<td>{{.Posts}}</td>
<td>{{if .IsAdmin}}Administrator{{else}}Member{{end}}</td>
<td><a href="/users/{{.ID}}/edit">Edit</a></td>
</tr>
`

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	page := Page{Title: "Users", User: "ada@example.com"}
	for number := 1; number <= 100; number++ {
		name := fmt.Sprintf("User Number %d", number)
		if number%10 == 0 {
			name = `Ada "Countess" Lovelace & Sons`
		}
		page.Users = append(page.Users, User{
			number, name, fmt.Sprintf("user.number.%d@mail.example.com", number), number * 7, number%7 == 0,
		})
	}
	templates := template.Must(template.New("layout").Parse(layout))
	template.Must(templates.New("index").Parse(index))
	template.Must(templates.New("row").Parse(row))
	var buffer bytes.Buffer
	for i := 0; i < count; i++ {
		buffer.Reset()
		if err := templates.ExecuteTemplate(&buffer, "layout", page); err != nil {
			panic(err)
		}
	}
	os.Stdout.Write(buffer.Bytes())
}
