/// Components that every app has, for fields of forms. A template of the app with the same name takes their place.
enum BuiltinComponents {
    static let all = [field, textarea, select, checkbox].map { name, text in
        TemplateSource(name: "components/" + name, path: "built-in component \(name)", text: text)
    }

    /// A label, an input, and what is wrong with it. Attributes beyond these go to the input.
    private static let field = (
        "field",
        """
        {{@ field: FormField, label: String, hint: String?, type: String = "text", rest: Attributes = [] }}
        <div class="field">
        <label for="{{field.id}}">{{label}}</label>
        <input type="{{type}}" id="{{field.id}}" name="{{field.name}}"\
        {{#if type != "password" && type != "file"}} value="{{field.value}}"{{/if}}\(state) {{rest}}>
        \(notes)
        </div>

        """
    )

    private static let textarea = (
        "textarea",
        """
        {{@ field: FormField, label: String, hint: String?, rest: Attributes = [] }}
        <div class="field">
        <label for="{{field.id}}">{{label}}</label>
        {{! A line break after the tag is not a part of the text, so that one that is stays. }}
        <textarea id="{{field.id}}" name="{{field.name}}"\(state) {{rest}}>
        {{field.value}}</textarea>
        \(notes)
        </div>

        """
    )

    /// Options are values with their labels.
    private static let select = (
        "select",
        """
        {{@ field: FormField, label: String, hint: String?, options: KeyValuePairs<String, String> }}
        {{@ rest: Attributes = [] }}
        <div class="field">
        <label for="{{field.id}}">{{label}}</label>
        <select id="{{field.id}}" name="{{field.name}}"\(state) {{rest}}>
        {{#each options as |text value|}}
        <option value="{{value}}" selected={{value == field.value}}>{{text}}</option>
        {{/each}}
        </select>
        \(notes)
        </div>

        """
    )

    /// The hidden input sends "false" when the box is not checked: then a browser sends nothing for it.
    private static let checkbox = (
        "checkbox",
        """
        {{@ field: FormField, label: String, hint: String?, rest: Attributes = [] }}
        <div class="field">
        <input type="hidden" name="{{field.name}}" value="false">
        <label><input type="checkbox" id="{{field.id}}" name="{{field.name}}" value="true" \
        checked={{field.isChecked}}\(state) {{rest}}> {{label}}</label>
        \(notes)
        </div>

        """
    )

    /// What assistive technology is told of the input: that something is wrong, and where it is explained.
    private static let state = """
        {{#if !field.isValid}} aria-invalid="true"{{/if}}\
        {{#if hint || !field.isValid}} aria-describedby="\
        {{#if !field.isValid}}{{field.id}}_errors{{/if}}{{#if hint && !field.isValid}} {{/if}}\
        {{#if hint}}{{field.id}}_hint{{/if}}"{{/if}}
        """

    /// What is wrong, and the hint.
    private static let notes = """
        {{#if !field.isValid}}
        <ul class="errors" id="{{field.id}}_errors">
        {{#each field.errors as |error|}}
        <li>{{error}}</li>
        {{/each}}
        </ul>
        {{/if}}
        {{#if hint}}
        <p class="hint" id="{{field.id}}_hint">{{hint}}</p>
        {{/if}}
        """
}
