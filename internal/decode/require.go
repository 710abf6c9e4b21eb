package decode

// Require adds a problem unless the condition holds.
func (p *Problems) Require(holds bool, path, why string, args ...any) {
	if !holds {
		p.Add(path, why, args...)
	}
}
