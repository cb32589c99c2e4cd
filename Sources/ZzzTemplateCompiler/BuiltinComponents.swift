/// Components that every app has, for fields of forms. A template of the app with the same name takes their place.
enum BuiltinComponents {
    static let all = [field, textarea, select, checkbox].map { name, text in
        TemplateSource(name: "components/" + name, path: "built-in component \(name)", text: text)
    }

    /// A label, an input, and what is wrong with it. Attributes beyond these go to the input.
    private static let field = (
        "field",
        """
        {{@ field: FormField, label: String, type: String = "text", rest: Attributes = [] }}
        <div class="field">
        <label for="{{field.id}}">{{label}}</label>
        <input type="{{type}}" id="{{field.id}}" name="{{field.name}}"\
        {{#if type != "password"}} value="{{field.value}}"{{/if}}\(invalid) {{rest}}>
        \(errors)
        </div>

        """
    )

    private static let textarea = (
        "textarea",
        """
        {{@ field: FormField, label: String, rest: Attributes = [] }}
        <div class="field">
        <label for="{{field.id}}">{{label}}</label>
        {{! A line break after the tag is not a part of the text, so that one that is stays. }}
        <textarea id="{{field.id}}" name="{{field.name}}"\(invalid) {{rest}}>
        {{field.value}}</textarea>
        \(errors)
        </div>

        """
    )

    /// Options are values with their labels.
    private static let select = (
        "select",
        """
        {{@ field: FormField, label: String, options: KeyValuePairs<String, String>, rest: Attributes = [] }}
        <div class="field">
        <label for="{{field.id}}">{{label}}</label>
        <select id="{{field.id}}" name="{{field.name}}"\(invalid) {{rest}}>
        {{#each options as |text value|}}
        <option value="{{value}}" selected={{value == field.value}}>{{text}}</option>
        {{/each}}
        </select>
        \(errors)
        </div>

        """
    )

    /// The hidden input sends "false" when the box is not checked: then a browser sends nothing for it.
    private static let checkbox = (
        "checkbox",
        """
        {{@ field: FormField, label: String, rest: Attributes = [] }}
        <div class="field">
        <input type="hidden" name="{{field.name}}" value="false">
        <label><input type="checkbox" id="{{field.id}}" name="{{field.name}}" value="true" \
        checked={{field.isChecked}}\(invalid) {{rest}}> {{label}}</label>
        \(errors)
        </div>

        """
    )

    private static let invalid =
        "{{#if !field.isValid}} aria-invalid=\"true\" aria-describedby=\"{{field.id}}_errors\"{{/if}}"

    private static let errors = """
        {{#if !field.isValid}}
        <ul class="errors" id="{{field.id}}_errors">
        {{#each field.errors as |error|}}
        <li>{{error}}</li>
        {{/each}}
        </ul>
        {{/if}}
        """
}
