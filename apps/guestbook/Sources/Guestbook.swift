import Zzz

/// A guestbook: visitors write entries, with a picture if they like; whoever keeps the book signs in and removes what
/// should not be there. Programs do the same through a JSON API.
///
/// Everything that the handlers share is made here, once, out of the app's settings. See README.md for a tour.
struct Guestbook: App {
    let book: EntryBook
    let pictures: PictureShelf
    let keeper: Keeper
    /// Where the files are that browsers fetch.
    let assets: String
    let tokens: TokenDesk
    let isDevelopment: Bool

    init(_ configuration: Configuration) throws {
        guard !configuration.stateDirectory.isEmpty else {
            throw StartupError("the entries are kept in a file: set paths.state in the daemon's configuration")
        }
        book = EntryBook(directory: configuration.stateDirectory)
        pictures = PictureShelf(directory: configuration.stateDirectory + "/pictures")
        keeper = try configuration["keeper", default: .demo]
        assets = try configuration.require("assets")
        tokens = try TokenDesk(secret: configuration["token_secret", as: String.self])
        isDevelopment = try configuration["development", default: false]
    }

    func start() throws { try pictures.make() }

    // MARK: What comes before the handlers

    /// For every request. Files come first: they need nothing of what follows.
    var endpoint: Pipeline {
        Pipeline {
            RequestID()
            RequestLogger(parameters: .except(["password", "token", "message"]))
            SecureHeaders()
            Compress()
            Static(at: "/assets", from: assets, precompressed: [.gzip], caching: [.versions])
            Session(.memory, idleTimeout: .seconds(8 * 3600))
            ErrorHandler(isDevelopment: isDevelopment) { abort, context in
                // `try?`: a page that can't be made must not hide the error.
                (try? context.errorPage(abort)) ?? ErrorHandler.plainPage(abort)
            }
            MethodOverride()
        }
    }

    /// For pages: forms are read, with their files, and must come from pages of ours.
    let browser = Pipeline {
        BodyParser(
            [.form, .multipart],
            uploadLimits: UploadLimits(fileCount: 1, fieldBytes: 64 << 10, totalBytes: 32 << 20))
        CSRF()
    }

    /// For programs, also such as run in pages of other sites.
    let api = Pipeline {
        answerErrorsInJSON
        CORS(
            origins: .any, methods: [.get, .post, .delete], headers: .list(["Authorization", "Content-Type"]),
            exposedHeaders: ["Link", "Location"])
        Accepts(.json)
        BodyParser([.json], limitBytes: 64 << 10)
    }

    /// Each guess at the password costs this machine tenths of a second.
    let guesses = Pipeline { RateLimit(5, per: .seconds(60), burst: 10, name: "sign-in") }

    /// Nobody writes that fast.
    let writing = Pipeline { RateLimit(10, per: .seconds(60), burst: 20, name: "entries") }

    // MARK: Routes

    func routes() -> [Route] {
        let entries = EntriesController(book: book, pictures: pictures)
        let signIn = SignInController(keeper: keeper)
        let programs = APIController(book: book, pictures: pictures, keeper: keeper, tokens: tokens)

        scope(through: [browser]) {
            get("/", entries.index)
            resources("/entries", entries, only: [.new, .show])
            post("/entries", through: [writing], entries.create)
            delete("/entries/:id", through: [Pipeline { requireKeeper }], entries.delete)
            get("/pictures/:name", entries.picture)
            get("/sign-in", signIn.form)
            post("/sign-in", through: [guesses], signIn.create)
            post("/sign-out", signIn.delete)
        }
        scope("/api", through: [api]) {
            post("/token", through: [guesses], programs.token)
            get("/entries", programs.index)
            get("/entries/:id", programs.show)
            scope(through: [Pipeline { Auth.JWT(tokens.verifier, realm: "guestbook") }]) {
                post("/entries", through: [writing], programs.create)
                delete("/entries/:id", programs.delete)
            }
        }
    }
}

@c(zzz_app_entry) public func entry() -> AppDescriptor {
    export(name: "Guestbook", version: "1.0") { configuration in try Guestbook(configuration) }
}
