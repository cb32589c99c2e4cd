/// The table behind `MediaType`: one constant text, a line for each extension, in ascending order of their bytes.
enum MediaTypeTable {
    /// Looks for the line by halving the text; the result is a slice of the constant, valid for ever.
    static func find(_ fileExtension: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var low = 0
        var high = bytes.count
        while low < high {
            var start = (low + high) / 2
            while start > low, bytes[start - 1] != 0x0A { start -= 1 }
            var end = start
            while bytes[end] != 0x0A { end += 1 }
            let order = compare(fileExtension, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            if order == 0 { return UnsafeRawBufferPointer(rebasing: bytes[start + fileExtension.count + 1..<end]) }
            if order < 0 { high = start } else { low = end + 1 }
        }
        return nil
    }

    /// Below, at or above 0 as the extension, in lowercase, sorts against the first word of `line`.
    private static func compare(_ fileExtension: UnsafeRawBufferPointer, _ line: UnsafeRawBufferPointer) -> Int {
        for index in 0..<fileExtension.count {
            let byte = fileExtension[index]
            let lowered = byte &- 0x41 < 26 ? byte | 0x20 : byte
            guard line[index] != 0x20 else { return 1 }
            if lowered != line[index] { return lowered < line[index] ? -1 : 1 }
        }
        return line[fileExtension.count] == 0x20 ? 0 : -1
    }

    static let text: StaticString = """
        3g2 video/3gpp2
        3gp video/3gpp
        7z application/x-7z-compressed
        aac audio/aac
        ai application/postscript
        aif audio/aiff
        aiff audio/aiff
        apk application/vnd.android.package-archive
        apng image/apng
        atom application/atom+xml; charset=utf-8
        avi video/x-msvideo
        avif image/avif
        bin application/octet-stream
        bmp image/bmp
        br application/octet-stream
        bz2 application/x-bzip2
        c text/x-c; charset=utf-8
        cer application/pkix-cert
        cjs text/javascript; charset=utf-8
        conf text/plain; charset=utf-8
        cpp text/x-c++; charset=utf-8
        crl application/pkix-crl
        crt application/x-x509-ca-cert
        css text/css; charset=utf-8
        csv text/csv; charset=utf-8
        cur image/vnd.microsoft.icon
        db application/octet-stream
        deb application/vnd.debian.binary-package
        diff text/x-diff; charset=utf-8
        dll application/vnd.microsoft.portable-executable
        dmg application/x-apple-diskimage
        doc application/msword
        docx application/vnd.openxmlformats-officedocument.wordprocessingml.document
        dtd application/xml-dtd; charset=utf-8
        eot application/vnd.ms-fontobject
        eps application/postscript
        epub application/epub+zip
        exe application/vnd.microsoft.portable-executable
        flac audio/flac
        geojson application/geo+json
        gif image/gif
        glb model/gltf-binary
        gltf model/gltf+json
        go text/x-go; charset=utf-8
        gpx application/gpx+xml; charset=utf-8
        gz application/gzip
        h text/x-c; charset=utf-8
        heic image/heic
        heif image/heif
        htm text/html; charset=utf-8
        html text/html; charset=utf-8
        ico image/vnd.microsoft.icon
        ics text/calendar; charset=utf-8
        ini text/plain; charset=utf-8
        iso application/x-iso9660-image
        jar application/java-archive
        java text/x-java; charset=utf-8
        jfif image/jpeg
        jpeg image/jpeg
        jpg image/jpeg
        js text/javascript; charset=utf-8
        json application/json
        jsonl application/jsonl
        jsonld application/ld+json
        jxl image/jxl
        kml application/vnd.google-earth.kml+xml; charset=utf-8
        log text/plain; charset=utf-8
        m3u8 application/vnd.apple.mpegurl
        m4a audio/mp4
        m4s video/iso.segment
        m4v video/mp4
        map application/json
        markdown text/markdown; charset=utf-8
        md text/markdown; charset=utf-8
        mid audio/midi
        midi audio/midi
        mjs text/javascript; charset=utf-8
        mkv video/matroska
        mov video/quicktime
        mp3 audio/mpeg
        mp4 video/mp4
        mpd application/dash+xml
        mpeg video/mpeg
        mpg video/mpeg
        msi application/x-msi
        ndjson application/x-ndjson
        obj model/obj
        odg application/vnd.oasis.opendocument.graphics
        odp application/vnd.oasis.opendocument.presentation
        ods application/vnd.oasis.opendocument.spreadsheet
        odt application/vnd.oasis.opendocument.text
        oga audio/ogg
        ogg audio/ogg
        ogv video/ogg
        opus audio/ogg
        otf font/otf
        p12 application/x-pkcs12
        p7s application/pkcs7-signature
        parquet application/vnd.apache.parquet
        patch text/x-diff; charset=utf-8
        pdf application/pdf
        pem application/x-pem-file
        png image/png
        ppt application/vnd.ms-powerpoint
        pptx application/vnd.openxmlformats-officedocument.presentationml.presentation
        ps application/postscript
        psd image/vnd.adobe.photoshop
        py text/x-python; charset=utf-8
        rar application/vnd.rar
        rb text/x-ruby; charset=utf-8
        rpm application/x-rpm
        rs text/x-rust; charset=utf-8
        rss application/rss+xml; charset=utf-8
        rtf application/rtf
        sh application/x-sh
        so application/octet-stream
        sql application/sql; charset=utf-8
        sqlite application/vnd.sqlite3
        srt application/x-subrip; charset=utf-8
        stl model/stl
        svg image/svg+xml; charset=utf-8
        svgz image/svg+xml; charset=utf-8
        swf application/vnd.adobe.flash.movie
        swift text/x-swift; charset=utf-8
        tar application/x-tar
        tex application/x-tex
        text text/plain; charset=utf-8
        tgz application/gzip
        tif image/tiff
        tiff image/tiff
        toml application/toml; charset=utf-8
        torrent application/x-bittorrent
        ts video/mp2t
        tsv text/tab-separated-values; charset=utf-8
        ttc font/collection
        ttf font/ttf
        txt text/plain; charset=utf-8
        usdz model/vnd.usdz+zip
        vcf text/vcard; charset=utf-8
        vtt text/vtt; charset=utf-8
        war application/java-archive
        wasm application/wasm
        wav audio/wav
        weba audio/webm
        webm video/webm
        webmanifest application/manifest+json
        webp image/webp
        wmv video/x-ms-wmv
        woff font/woff
        woff2 font/woff2
        wsdl application/wsdl+xml; charset=utf-8
        xhtml application/xhtml+xml; charset=utf-8
        xls application/vnd.ms-excel
        xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
        xml application/xml; charset=utf-8
        xsd application/xml; charset=utf-8
        xsl application/xslt+xml; charset=utf-8
        xslt application/xslt+xml; charset=utf-8
        xz application/x-xz
        yaml application/yaml; charset=utf-8
        yml application/yaml; charset=utf-8
        zip application/zip
        zst application/zstd

        """
}
