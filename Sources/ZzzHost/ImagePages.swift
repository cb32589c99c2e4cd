import CLinux

/// The memory of an image that will hardly run again.
///
/// An image stays mapped for good, and the pages of its code that were touched would stay resident with it: half a
/// megabyte for a small Swift app. What the image has never written to can be read from its file again at any time, so
/// the kernel may have those pages back. What is left is what the image has written to.
public enum ImagePages {
    /// Gives back the pages of every image of this process. After a start that is a third of what is resident: code
    /// that only reads a configuration and loads apps.
    public static func releaseAll() { zzz_linux_release_image_pages(nil) }

    /// Gives back the pages of the image that was loaded from `path`. Code that runs in it all the same is none the
    /// worse for it: its pages are read again.
    static func release(path: String) { zzz_linux_release_image_pages(path) }
}
