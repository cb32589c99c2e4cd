/// What a template does, in order: what Swift is written from. Expressions are Swift already.
indirect enum Step {
    case bytes([UInt8])
    case print(String, Escape, offset: Int)
    /// An attribute without a value, with the whitespace before it.
    case presence(String, condition: String, offset: Int)
    case condition([Case], otherwise: [Step])
    case loop(Loop)
    /// A call of another template.
    case call(Call)
    /// What was given for a slot.
    case slot(String, arguments: [String], isOptional: Bool, fallback: [Step], offset: Int)
    /// A constant, by name and value, for what is inside.
    case constant(String, String, body: [Step], offset: Int)
    case formToken
    case flush

    struct Case {
        /// After `if`.
        let condition: String
        let body: [Step]
        let offset: Int
    }

    struct Loop {
        let pattern: String
        let sequence: String
        /// The variable that counts, if one is needed.
        let counter: String?
        let body: [Step]
        let otherwise: [Step]
        let offset: Int
    }

    struct Call {
        let function: String
        /// With their labels.
        let arguments: [String]
        let slots: [SlotBody]
        let offset: Int
    }

    struct SlotBody {
        let label: String
        /// Whether it must be said that the slot is given.
        let isOptional: Bool
        let parameters: [String]
        let body: [Step]
    }
}

/// Static text that follows static text is one.
struct StepList {
    private(set) var steps: [Step] = []

    mutating func append(_ step: Step) {
        if case .bytes(let bytes) = step {
            if bytes.isEmpty { return }
            if case .bytes(let before) = steps.last {
                steps[steps.count - 1] = .bytes(before + bytes)
                return
            }
        }
        steps.append(step)
    }
}
