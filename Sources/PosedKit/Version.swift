/// The version of posed, as commands and records name it.
package let posedVersion = "0.1.0"
