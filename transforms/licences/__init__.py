"""Licences: recognised in texts and headers, resolved by folder, admitted by policy."""
