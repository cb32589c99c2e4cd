/// Why a token is refused. The description says nothing that whoever has sent it may not know.
public struct JWTError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// It is no JSON Web Token in the compact form, or has a member of another kind than the RFC says.
        case malformed
        case tooLong
        /// "none", one that is not known here, or one that the verifier does not take.
        case algorithmRefused
        /// It has extensions that must be understood, "crit": none are.
        case criticalExtension
        /// "typ" says that it is for something else.
        case wrongType
        /// There is no such key for such an algorithm.
        case unknownKey
        case wrongSignature
        case expired
        case notYetValid
        /// It was issued too long ago, whatever its end.
        case tooOld
        case wrongIssuer
        case wrongAudience
        /// A claim that is required is not there.
        case missingClaim(String)
        /// The claims are not of the type that they are decoded as.
        case undecodable
    }

    public let reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    public var description: String {
        switch reason {
        case .malformed: "The token is malformed."
        case .tooLong: "The token is too long."
        case .algorithmRefused: "The token's algorithm is not taken here."
        case .criticalExtension: "The token needs an extension that is not known here."
        case .wrongType: "The token is of another type."
        case .unknownKey: "The token's key is not known here."
        case .wrongSignature: "The token's signature is wrong."
        case .expired: "The token has expired."
        case .notYetValid: "The token is not valid yet."
        case .tooOld: "The token was issued too long ago."
        case .wrongIssuer: "The token is from another issuer."
        case .wrongAudience: "The token is for somebody else."
        case .missingClaim(let name): "The token has no claim \(name)."
        case .undecodable: "The token's claims are not those that are needed."
        }
    }
}
