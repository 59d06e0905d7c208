// Alpine components. First: values that follow from a financial profile while it is typed; the server
// works them out anew.

const number = (value) => (value.trim() === "" ? null : Number(value));
const digits = (value, most) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: most });

document.addEventListener("alpine:init", () => {
  Alpine.data("derived", () => ({
    values: {},

    init() {
      for (const field of this.$root.elements) if (field.name) this.values[field.name] = field.value;
    },

    typed(event) {
      this.values = { ...this.values, [event.target.name]: event.target.value };
    },

    get(name) {
      const given = this.values[name] ?? this.$root.dataset[name] ?? "";
      const value = number(String(given));
      return Number.isFinite(value) ? value : null;
    },

    get currency() {
      return this.values.currency ?? this.$root.dataset.currency ?? "";
    },

    ratio(above, below, shown) {
      return above === null || !below || below <= 0 ? "–" : shown(above / below);
    },

    get debtToIncome() {
      const yearly = this.get("monthly_debt_payments");
      return this.ratio(yearly === null ? null : 12 * yearly, this.get("annual_income"), (x) => `${digits(100 * x, 1)} %`);
    },

    get loanToIncome() {
      return this.ratio(this.get("amount"), this.get("annual_income"), (x) => `${digits(x, 2)} ×`);
    },

    get instalment() {
      return this.ratio(this.get("amount"), this.get("term_months"), (x) => `${this.currency} ${digits(x, 2)}`);
    },

    get incomePerMonth() {
      return this.ratio(this.get("annual_income"), 12, (x) => `${this.currency} ${digits(x, 2)}`);
    },

    get withInstalment() {
      const [amount, months, debt] = ["amount", "term_months", "monthly_debt_payments"].map((name) => this.get(name));
      if (amount === null || !months) return "–";
      return this.ratio(12 * ((debt ?? 0) + amount / months), this.get("annual_income"), (x) => `${digits(100 * x, 1)} %`);
    },

    get netWorth() {
      const [assets, debts] = [this.get("total_assets"), this.get("total_liabilities")];
      return assets === null || debts === null ? "–" : `${this.currency} ${digits(assets - debts, 0)}`;
    },
  }));
});

// The score page: shows the decision preview with or without the behavioural part.
document.addEventListener("alpine:init", () => {
  Alpine.data("behaviour", () => ({
    without: false,

    toggle(event) {
      this.without = event.target.checked;
    },

    get shown() {
      return !this.without;
    },

    get hidden() {
      return this.without;
    },
  }));
});

// A number and its slider on the what-if page: each follows the other; only the number is sent.
document.addEventListener("alpine:init", () => {
  Alpine.data("paired", () => ({
    slid(event) {
      this.$root.querySelector("input[type=number]").value = event.target.value;
    },

    typed(event) {
      if (this.$refs.slider && event.target.value.trim() !== "") this.$refs.slider.value = event.target.value;
    },
  }));
});
