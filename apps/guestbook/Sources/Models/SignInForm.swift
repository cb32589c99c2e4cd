import ZzzTemplate

/// The form for signing in. A password is never shown again.
struct SignInForm: FormData {
    var name = ""
    var isRefused = false

    let formName = ""
    var formErrors: [String] { isRefused ? ["Name or password are wrong."] : [] }

    func formValue(_ field: String) -> String? { field == "name" ? name : nil }
    func formErrors(_ field: String) -> [String] { [] }
}
