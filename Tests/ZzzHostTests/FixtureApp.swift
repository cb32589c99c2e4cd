import Glibc
import Synchronization
import Testing

@testable import ZzzHost

/// Small apps in C, compiled while the tests run.
enum FixtureApp {
    /// What an app does at one of its steps; the body of the C function.
    struct Code {
        var global = ""
        var constructor = ""
        var entry = "return &descriptor;"
        var create = "*state = app; return ZZZ_OK;"
        var enroll = #"return add("/", error);"#
        var start = "return ZZZ_OK;"
        var quiesce = ""
        var stop = ""
        var magic = "ZZZ_ABI_MAGIC"
        var major = "ZZZ_ABI_MAJOR"
        var minor = "ZZZ_ABI_MINOR"
        var name = #""fixture""#
        var version = #""1""#
        var size = "sizeof(zzz_app_descriptor)"
        var fields = ".create = create, .enroll = enroll, .start = start, .quiesce = quiesce, .stop = stop"
        var entryName = "zzz_app_entry"

        var source: String {
            """
            #include <zzz.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            static const zzz_host *the_host;
            static zzz_app *the_app;
            static const zzz_http *http;
            \(global)
            __attribute__((unused)) static void handle(void *user, zzz_request *request, const zzz_http_request *head) {
                (void)user; (void)request; (void)head;
            }
            __attribute__((unused)) static zzz_status add(const char *pattern, zzz_error *error) {
                static char source[64];
                snprintf(source, sizeof source, "routes.c:%zu", strlen(pattern));
                zzz_route route = {.size = sizeof route, .methods = ZZZ_METHOD_BIT(ZZZ_METHOD_GET), .handler = handle,
                    .pattern = {pattern, strlen(pattern)}, .source = {source, strlen(source)}};
                return http->route(the_app, &route, error);
            }
            /* Appends a line to the file named by ZZZ_TEST_TRACE, if there is one. */
            __attribute__((unused)) static void trace(const char *what) {
                const char *path = TRACE;
                FILE *file = path[0] ? fopen(path, "a") : NULL;
                if (file) { fprintf(file, "%s\\n", what); fclose(file); }
            }
            __attribute__((constructor)) static void construct(void) { \(constructor) }
            static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error) {
                the_host = host; the_app = app; http = host->extension(ZZZ_HTTP_EXTENSION); (void)error;
                \(create)
            }
            static zzz_status enroll(void *state, zzz_error *error) { (void)state; (void)error; \(enroll) }
            static zzz_status start(void *state, zzz_error *error) { (void)state; (void)error; \(start) }
            static void quiesce(void *state) { (void)state; \(quiesce) }
            static void stop(void *state) { (void)state; \(stop) }
            __attribute__((unused)) static const zzz_app_descriptor descriptor = {
                .size = \(size), .magic = \(magic), .abi_major = \(major), .abi_minor = \(minor),
                .name = \(name), .version = \(version), .runtime = "C", \(fields)};
            ZZZ_EXPORT const zzz_app_descriptor *\(entryName)(void);
            const zzz_app_descriptor *\(entryName)(void) {
                (void)create; (void)enroll; (void)start; (void)quiesce; (void)stop; \(entry)
            }
            """
        }
    }

    /// Compiles an app to `path`.
    static func build(
        at path: String, trace: String = "", flags: String = "-shared -fPIC", _ change: (inout Code) -> Void = { _ in }
    ) throws {
        var code = Code()
        change(&code)
        try compile(code.source, to: path, flags: "-DTRACE='\"\(trace)\"' " + flags)
    }

    static func compile(_ source: String, to path: String, flags: String) throws {
        let input = path + ".c"
        try TemporaryDirectory.write(Array(source.utf8), to: input)
        // Beside and renamed in, as a deploy would do it.
        let command = "cc -w -I\(headers) \(flags) -o \(path).part \(input) && mv \(path).part \(path)"
        let status = system(command)
        try #require(status == 0, "\(command) failed; the source is\n\(source)")
        unlink(input)
    }

    private static var headers: String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/Sources/ZzzAppABI/include"
    }
}

/// A directory that goes with its test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/host-tests-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        _ = system("rm -rf '\(path)'")
    }

    func file(_ name: String) -> String { path + "/" + name }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    static func read(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return bytes
    }

    /// The lines of a file; none when there is no file.
    static func lines(_ path: String) -> [String] {
        // `try?`: what cannot be read has no lines.
        guard access(path, R_OK) == 0, let bytes = try? read(path) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// The error of a call that has to fail.
func failure<Value: ~Copyable>(_ body: () throws(AppError) -> Value) -> AppError? {
    do throws(AppError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
