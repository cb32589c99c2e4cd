/// The version of Zzz: that of `zzzd`, `zzzctl` and `zzz-config`, which are installed together.
public enum ZzzVersion {
    /// MAJOR.MINOR.PATCH (semver.org).
    public static let text = "0.1.0"
}
