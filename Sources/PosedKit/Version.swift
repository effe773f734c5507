/// The version of posed, as commands and records name it.
public let posedVersion = "0.1.0"
