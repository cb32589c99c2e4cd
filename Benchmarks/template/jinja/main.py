"""The page of the benchmark by Jinja2, escaping on: main.py COUNT makes it so often, and prints the last one."""

import sys

from jinja2 import DictLoader, Environment

LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{ title }} - Zzz</title>
<link rel="stylesheet" href="/assets/app.css">
<script src="/assets/app.js" defer></script>
</head>
<body>
<nav><a href="/">Home</a> <a href="/users">Users</a> <a href="/posts">Posts</a> <span>{{ viewer }}</span></nav>
<main>
{% block content %}{% endblock %}</main>
<footer>Made with templates.</footer>
</body>
</html>
"""

INDEX = """{% extends "layout" %}{% block content %}<h1>{{ users|length }} users</h1>
<table>
<thead><tr><th>Name</th><th>E-mail</th><th>Posts</th><th>Role</th><th></th></tr></thead>
<tbody>
{% for user in users %}{% include "row" %}{% endfor %}</tbody>
</table>
{% endblock %}"""

ROW = """<tr class="{% if user.is_admin %}admin{% else %}member{% endif %}">
<td><a href="/users/{{ user.id }}">{{ user.name }}</a></td>
<td>{{ user.email }}</td>
<td>{{ user.posts }}</td>
<td>{% if user.is_admin %}Administrator{% else %}Member{% endif %}</td>
<td><a href="/users/{{ user.id }}/edit">Edit</a></td>
</tr>
"""


class User:
    def __init__(self, number):
        self.id = number
        self.name = 'Ada "Countess" Lovelace & Sons' if number % 10 == 0 else f"User Number {number}"
        self.email = f"user.number.{number}@mail.example.com"
        self.posts = number * 7
        self.is_admin = number % 7 == 0


def main():
    loader = DictLoader({"layout": LAYOUT, "index": INDEX, "row": ROW})
    template = Environment(loader=loader, autoescape=True, keep_trailing_newline=True).get_template("index")
    users = [User(number) for number in range(1, 101)]
    page = ""
    for _ in range(int(sys.argv[1])):
        page = template.render(title="Users", viewer="ada@example.com", users=users)
    sys.stdout.write(page)


main()
