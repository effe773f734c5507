/// `1 person`, `2 people`.
package func counted(_ number: Int, _ one: String, _ several: String) -> String { "\(number) \(number == 1 ? one : several)" }
